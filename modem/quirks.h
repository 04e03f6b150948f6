/* What each family of modems wants done differently. One row per family, data only; the first row that fits is used, the
 * last fits all. Pure; any thread. */
#ifndef BANDITORE_QUIRKS_H
#define BANDITORE_QUIRKS_H

#include <stdbool.h>
#include <stdint.h>

enum { QUIRK_CNMI_MAX = 4, QUIRK_INIT_MAX = 4 };

enum quirk_ussd {
	QUIRK_USSD_PLAIN,  /* the code as it is typed */
	QUIRK_USSD_PACKED, /* both ways as packed septets in hexadecimal */
};

struct quirks {
	const char *name;		  /* of the family; for status and tests */
	const char *manufacturer;	  /* fnmatch(3) pattern of AT+CGMI's answer, any case; NULL: any */
	const char *model;		  /* of AT+CGMM's */
	uint16_t vid, pid;		  /* USB; 0: any */
	const char *cnmi[QUIRK_CNMI_MAX]; /* settings of AT+CNMI tried before the general ones */
	const char *init
		[QUIRK_INIT_MAX]; /* sent once after identification, whatever is answered: URC routing and the like */
	const char *memory;	  /* store for what arrives; NULL: ME where it has room, else SM */
	const char *iccid;	  /* command that tells the SIM's number; NULL: the usual ones in turn */
	const char *pin_counter;  /* command that tells the PIN attempts left; NULL: 3GPP's own */
	const char *reset;	  /* command that restarts the modem; NULL: it may not come back */
	bool stored_reports;	  /* status reports are found in the store even where AT+CNMI routes none */
	bool pin_without_ok;	  /* AT+CPIN? is answered by its line alone: the OK is not waited for long */
	bool reverts_to_text;	  /* forgets AT+CMGF=0 by itself: said again before each batch */
	uint8_t ussd;		  /* enum quirk_ussd */
	uint16_t gap_ms;	  /* least pause between a final result and the next command */
	uint16_t chunk_octets, chunk_ms; /* a slow UART takes so many octets, then a pause; 0: as fast as it goes */
	uint16_t list_again_ms;	 /* an empty AT+CMGL right after +CMTI is asked again after this time; 0: it is true */
	uint16_t send_timeout_s; /* longer than the usual; 0: the usual */
};

/* Never NULL. Identity strings may be empty. */
const struct quirks *quirks_find(const char *manufacturer, const char *model, uint16_t vid, uint16_t pid);

/* The settings of AT+CNMI tried, in order: the row's own, then the general ones; NULL after the last. */
const char *quirks_cnmi(const struct quirks *quirks, unsigned index);

#endif
