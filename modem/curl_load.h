/* libcurl, loaded when it is first needed. Linked, it brings thirty libraries into every command of the box: measured, 7 ms
 * of start and 6 MiB of memory, for boxes without WhatsApp and for the alert that must leave now. Any thread. */
#ifndef BANDITORE_CURL_LOAD_H
#define BANDITORE_CURL_LOAD_H

#include <curl/curl.h>

/* libcurl's functions of the same names, as curl/curl.h declares them. */
struct curl_library {
	CURLcode (*global_init)(long flags);
	void (*global_cleanup)(void);
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *easy);
	CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
	const char *(*easy_strerror)(CURLcode code);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_cleanup)(CURLM *multi);
	CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
	CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
	CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
	CURLMcode (*multi_perform)(CURLM *multi, int *running);
	CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd *extra, unsigned count, int timeout_ms, int *ready);
	CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
	struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
	void (*slist_free_all)(struct curl_slist *list);
	curl_mime *(*mime_init)(CURL *easy);
	curl_mimepart *(*mime_addpart)(curl_mime *mime);
	CURLcode (*mime_name)(curl_mimepart *part, const char *name);
	CURLcode (*mime_data)(curl_mimepart *part, const char *data, size_t length);
	CURLcode (*mime_data_cb)(curl_mimepart *part, curl_off_t length, curl_read_callback read,
		curl_seek_callback seek, curl_free_callback free, void *context);
	CURLcode (*mime_filename)(curl_mimepart *part, const char *name);
	CURLcode (*mime_type)(curl_mimepart *part, const char *type);
	void (*mime_free)(curl_mime *mime);
};

/* NULL, or why it cannot be had: the library is not installed or lacks a function. It stays loaded until the process
 * ends: its TLS library does not survive being unloaded. */
const char *curl_library_load(struct curl_library *ret_library);

#endif
