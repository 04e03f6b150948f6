/* Opening a serial port for an AT dialogue. Afterwards only the descriptor is used: poll it, read it, write it.
 *
 * One thread for each port. Nothing here waits for the device: not opening, and not closing with octets unsent. */
#ifndef BANDITORE_SERIAL_H
#define BANDITORE_SERIAL_H

#include "config/err.h"

struct serial;

/* Opens the port raw, 8 data bits, no parity, 1 stop bit, at `baud`, without flow control, DTR on, locked against others and
 * non-blocking. `path` may be a symbolic link (/dev/serial/by-id/…) and a pseudo-terminal. Fails with
 *   EX_UNAVAILABLE  absent, or no serial port: nothing to be done but plugging it in or correcting the path
 *   EX_NOPERM       not allowed: the remedy is told
 *   EX_TEMPFAIL     busy: another program holds it
 *   EX_IOERR        the device refuses the settings, or is dying
 *   EX_OSERR        out of memory or descriptors */
int serial_open(const char *path, int baud, struct serial **ret_serial, struct err *err);

int serial_fd(const struct serial *serial);	      /* stays the serial's to close */
const char *serial_path(const struct serial *serial); /* symbolic links resolved */

/* Drops what is unsent and closes. NULL is allowed. */
void serial_close(struct serial *serial);

#endif
