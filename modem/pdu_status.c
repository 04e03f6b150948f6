#include "modem/pdu.h"

/* TP-Status, 23.040 §9.2.3.15. */
static const char *const delivered[] = {
	"received by SME",
	"forwarded to SME, unconfirmed",
	"replaced by SC",
};

static const char *const passing[] = {
	"congestion",
	"SME busy",
	"no response from SME",
	"service rejected",
	"quality of service not available",
	"error in SME",
};

static const char *const permanent[] = {
	"remote procedure error",
	"incompatible destination",
	"connection rejected by SME",
	"not obtainable",
	"quality of service not available",
	"no interworking available",
	"validity period expired",
	"deleted by originating SME",
	"deleted by SC administration",
	"does not exist",
};

enum pdu_status_class pdu_status_class(uint8_t status)
{
	if (status < 0x20)
		return PDU_STATUS_DELIVERED;
	if (status < 0x40)
		return PDU_STATUS_TRYING;
	if (status < 0x60)
		return PDU_STATUS_PERMANENT;
	return PDU_STATUS_TEMPORARY; /* reserved values above 7F read as 63, service rejected */
}

const char *pdu_status_class_to_string(enum pdu_status_class status)
{
	switch (status) {
	case PDU_STATUS_DELIVERED: return "delivered";
	case PDU_STATUS_TRYING: return "trying";
	case PDU_STATUS_PERMANENT: return "permanent";
	case PDU_STATUS_TEMPORARY: return "temporary";
	}
	return "unknown";
}

static const char *meaning(const char *const *names, unsigned count, unsigned index)
{
	if (index < count)
		return names[index];
	return index >= 16 ? "SC specific"
			   : "reserved"; /* the upper half of each class belongs to the service centre */
}

const char *pdu_status_to_string(uint8_t status)
{
	if (status < 0x20)
		return meaning(delivered, sizeof delivered / sizeof *delivered, status);
	if (status < 0x40)
		return meaning(passing, sizeof passing / sizeof *passing, status - 0x20u);
	if (status < 0x60)
		return meaning(permanent, sizeof permanent / sizeof *permanent, status - 0x40u);
	if (status < 0x80)
		return meaning(passing, sizeof passing / sizeof *passing, status - 0x60u);
	return "reserved";
}
