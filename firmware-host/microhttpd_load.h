/* libmicrohttpd, loaded when a door of HTTP opens. Linked, it brings GnuTLS into every command of the box: measured,
 * 1.3 ms of a start of 1.2 ms and 2.4 MiB of memory, for the alert that must leave now. Any thread. */
#ifndef BANDITORE_MICROHTTPD_LOAD_H
#define BANDITORE_MICROHTTPD_LOAD_H

#include <microhttpd.h>

/* libmicrohttpd's functions of the same names, as microhttpd.h declares them. */
struct microhttpd_library {
	struct MHD_Daemon *(*start_daemon)(unsigned flags, uint16_t port, MHD_AcceptPolicyCallback accept,
		void *of_accept, MHD_AccessHandlerCallback handle, void *of_handle, ...);
	void (*stop_daemon)(struct MHD_Daemon *daemon);
	enum MHD_Result (*run)(struct MHD_Daemon *daemon);
	enum MHD_Result (*get_timeout)(struct MHD_Daemon *daemon, MHD_UNSIGNED_LONG_LONG *timeout);
	const union MHD_DaemonInfo *(*get_daemon_info)(struct MHD_Daemon *daemon, enum MHD_DaemonInfoType type, ...);
	const union MHD_ConnectionInfo *(*get_connection_info)(
		struct MHD_Connection *connection, enum MHD_ConnectionInfoType type, ...);
	const char *(*lookup_connection_value)(
		struct MHD_Connection *connection, enum MHD_ValueKind kind, const char *key);
	int (*get_connection_values)(
		struct MHD_Connection *connection, enum MHD_ValueKind kind, MHD_KeyValueIterator each, void *of_each);
	enum MHD_Result (*queue_response)(
		struct MHD_Connection *connection, unsigned status, struct MHD_Response *response);
	struct MHD_Response *(*create_response_from_buffer)(
		size_t length, void *buffer, enum MHD_ResponseMemoryMode mode);
	struct MHD_Response *(*create_response_from_fd)(size_t length, int fd);
	struct MHD_Response *(*create_response_from_callback)(uint64_t length, size_t block,
		MHD_ContentReaderCallback read, void *of_read, MHD_ContentReaderFreeCallback free);
	enum MHD_Result (*add_response_header)(struct MHD_Response *response, const char *key, const char *value);
	void (*destroy_response)(struct MHD_Response *response);
	void (*suspend_connection)(struct MHD_Connection *connection);
	void (*resume_connection)(struct MHD_Connection *connection);
};

/* NULL, or why it cannot be had: the library is not installed or lacks a function. It stays loaded until the process
 * ends: its TLS library does not survive being unloaded. */
const char *microhttpd_library_load(struct microhttpd_library *ret_library);

#endif
