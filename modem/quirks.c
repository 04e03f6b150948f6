#include "modem/quirks.h"

#include <fnmatch.h>
#include <stddef.h>

/* More particular rows stand first. Every field names what was seen on that family; the reason is beside it. */
static const struct quirks rows[] = {
	{
		/* A full reset brings the E173 back as a CD-ROM and leaves a dead descriptor. */
		.name = "Huawei E173",
		.manufacturer = "*huawei*",
		.model = "*E17[0-9]*",
		.cnmi = {"1,1,0,1,0"},
		.iccid = "AT^ICCID?",
		.pin_counter = "AT^CPIN?",
		.ussd = QUIRK_USSD_PACKED,
		.list_again_ms = 500,
	},
	{
		/* Another chip than all other Huawei sticks: neither ^ commands nor packed USSD. */
		.name = "Brovi E3372-325",
		.vid = 0x3566,
		.pid = 0x2001,
		.reset = "AT+CFUN=1,1",
	},
	{
		/* Advertises mode 2 and may refuse it; the store may read empty just after +CMTI; ^PORTSEL=1 sends
		 * unsolicited codes to this port; USSD travels packed both ways. */
		.name = "Huawei",
		.manufacturer = "*huawei*",
		.cnmi = {"1,1,0,1,0"},
		.init = {"AT^PORTSEL=1"},
		.iccid = "AT^ICCID?",
		.pin_counter = "AT^CPIN?",
		.reset = "AT^RESET",
		.ussd = QUIRK_USSD_PACKED,
		.list_again_ms = 500,
	},
	{
		/* Mode 1 only; ZOPRT=5 ends the offline mode some firmware starts in, ZCDRUN=8 the CD-ROM's. */
		.name = "ZTE",
		.manufacturer = "*zte*",
		.cnmi = {"1,1,0,1,0", "1,1,0,2,0"},
		.init = {"AT+ZOPRT=5", "AT+ZCDRUN=8"},
		.pin_counter = "AT+CPNNUM",
	},
	{
		/* Refuses ds=1. Reports come stored, or are found by the sweep. */
		.name = "SIMCom A76xx",
		.model = "*A76[0-9][0-9]*",
		.cnmi = {"2,1,0,2,0", "2,1,0,0,0"},
		.iccid = "AT+CICCID",
		.reset = "AT+CRESET",
		.stored_reports = true,
	},
	{
		/* With ds=2 reports go to a memory "SR" that cannot be read. */
		.name = "SIMCom SIM7x00",
		.model = "*SIM7[56]00*",
		.cnmi = {"2,1,0,1,0", "1,1,0,1,0"},
		.iccid = "AT+CICCID",
		.reset = "AT+CRESET",
	},
	{
		/* SIM800L and SIM900 lose AT+CMGF=0 when they lose the network; CIURC=0 silences "Call Ready" and the like. */
		.name = "SIMCom SIM800/900",
		.manufacturer = "*simcom*",
		.model = "*SIM[89]*",
		.init = {"AT+CIURC=0"},
		.iccid = "AT+CCID",
		.reset = "AT+CFUN=1,1",
		.reverts_to_text = true,
	},
	{
		/* UART modules; USSD answers are UCS-2 in hexadecimal whatever the coding scheme says (the reader knows). */
		.name = "Quectel M",
		.manufacturer = "*quectel*",
		.model = "?(*_)M[0-9]*",
		.iccid = "AT+QCCID",
		.reset = "AT+CFUN=1,1",
	},
	{
		/* With ds=2 the report is announced in "SM" while it lies in "SR", out of reach: ds=1 only. */
		.name = "Quectel",
		.manufacturer = "*quectel*",
		.cnmi = {"2,1,0,1,0", "1,1,0,1,0", "2,1,0,0,0"},
		.init = {"AT+QURCCFG=\"urcport\",\"usbat\""},
		.iccid = "AT+QCCID",
		.reset = "AT+CFUN=1,1",
	},
	{
		/* May take 150 s for the network's answer. */
		.name = "u-blox",
		.manufacturer = "*u-blox*",
		.iccid = "AT+CCID",
		.pin_counter = "AT+UPINCNT",
		.reset = "AT+CFUN=16",
		.send_timeout_s = 150,
	},
	{
		/* Wants 20 ms between a result and the next command, and CNMI said explicitly. */
		.name = "Telit",
		.manufacturer = "*telit*",
		.iccid = "AT#CCID",
		.reset = "AT#REBOOT",
		.gap_ms = 20,
	},
	{
		/* Leaves out the OK of AT+CPIN?. After CFUN=1 it answers 515 for seconds, which every command that may meet it waits out. */
		.name = "Wavecom",
		.manufacturer = "*wavecom*",
		.cnmi = {"2,1,0,1,0", "2,1"},
		.memory = "SM",
		.pin_without_ok = true,
		.iccid = "AT+CCID",
	},
	{
		/* Old telephones on a slow UART lose characters that come in a rush. */
		.name = "Nokia",
		.manufacturer = "*nokia*",
		.chunk_octets = 18,
		.chunk_ms = 10,
	},
	{
		.name = "Sierra",
		.manufacturer = "*sierra*",
		.cnmi = {"2,1,0,1,0", "1,1,0,1,0"},
		.reset = "AT!RESET",
	},
	{
		/* TC35, MC35i and their heirs want bfr=1. */
		.name = "Siemens",
		.manufacturer = "*siemens*",
		.cnmi = {"2,1,0,1,1", "1,1,0,1,1", "1,1,0,2,1"},
		.memory = "SM",
		.iccid = "AT^SCID",
		.pin_counter = "AT^SPIC=\"SC\"",
		.reset = "AT+CFUN=1,1",
	},
	{
		.name = "Cinterion",
		.manufacturer = "*cinterion*",
		.cnmi = {"2,1,0,1,1", "1,1,0,1,1", "1,1,0,2,1"},
		.iccid = "AT^SCID",
		.pin_counter = "AT^SPIC=\"SC\"",
		.reset = "AT+CFUN=1,1",
	},
	{
		/* Refuses AT+CNMA and yet hangs when a direct report is not acknowledged: never ds=1. */
		.name = "Novatel",
		.manufacturer = "*novatel*",
		.cnmi = {"1,1,0,2,0", "1,1,0,0,0"},
	},
	{
		/* Drops off the bus for good when reset; advertises mode 2 and refuses it. */
		.name = "Qualcomm 6000",
		.vid = 0x05c6,
		.pid = 0x6000,
		.cnmi = {"1,1,0,1,0"},
	},
	{
		.name = "generic",
		.reset = "AT+CFUN=1,1",
	},
};

/* 27.005 §3.4.1: store and announce (mt 1), never broadcasts (bm 0); reports directly (ds 1), stored (2) or not routed. */
static const char *const cnmi_general[] = {
	"2,1,0,1,0", "2,1,0,2,0", "2,1,0,0,0", "1,1,0,1,0", "1,1,0,0,0", "3,1,0,0", "2,1"};

static bool text_fits(const char *pattern, const char *text)
{
	return !pattern || fnmatch(pattern, text, FNM_CASEFOLD | FNM_EXTMATCH) == 0;
}

const struct quirks *quirks_find(const char *manufacturer, const char *model, uint16_t vid, uint16_t pid)
{
	const size_t last = sizeof(rows) / sizeof(rows[0]) - 1;

	for (size_t i = 0; i < last; i++) {
		const struct quirks *row = &rows[i];

		if ((row->vid && row->vid != vid) || (row->pid && row->pid != pid))
			continue;
		if (text_fits(row->manufacturer, manufacturer) && text_fits(row->model, model))
			return row;
	}
	return &rows[last];
}

const char *quirks_cnmi(const struct quirks *quirks, unsigned index)
{
	unsigned own = 0;

	while (own < QUIRK_CNMI_MAX && quirks->cnmi[own])
		own++;
	if (index < own)
		return quirks->cnmi[index];
	index -= own;
	return index < sizeof(cnmi_general) / sizeof(cnmi_general[0]) ? cnmi_general[index] : NULL;
}
