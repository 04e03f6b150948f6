/* What arrives: from the store by sweeping it, or directly. Nothing is deleted before the hub has committed it. */
#include "config/clock.h"
#include "modem/gsm.h"
#include "modem/pdu.h"

#include <string.h>
#include <strings.h>

enum {
	STAT_STORED_UNSENT = 2, /* AT+CMGL's <stat>: written by somebody, never received (27.005 §3.1) */
	STAT_STORED_SENT = 3,
	CMS_INVALID_INDEX = 321,
	FUSED_MIN = 20, /* so many hexadecimal digits behind a blank are a PDU */
};

/* ---- what is held until KEPT ---- */

static void held_free(struct gsm_held *held)
{
	held->token = 0;
}

/* A free place. When all are taken a direct one gives way, the longest told first: it was handed up at least once. */
static struct gsm_held *held_place(struct gsm *g)
{
	struct gsm_held *oldest = NULL;

	for (int i = 0; i < GSM_HELD_MAX; i++) {
		struct gsm_held *held = &g->held[i];

		if (!held->token)
			return held;
		if (held->store < 0 && held->told && (!oldest || held->told < oldest->told))
			oldest = held;
	}
	return oldest;
}

static struct gsm_held *held_find_slot(struct gsm *g, int store, int index)
{
	for (int i = 0; i < GSM_HELD_MAX; i++)
		if (g->held[i].token && g->held[i].store == store && g->held[i].index == index)
			return &g->held[i];
	return NULL;
}

/* The octets of a line, or its text when it is no hexadecimal. */
static uint16_t line_octets(const char *line, uint8_t octets[BEARER_OCTETS_MAX], bool *ret_damaged)
{
	size_t length = strcspn(line, "\" \r\n"); /* some modems put a quote or a blank behind the digits */
	int count = hex_read(line, length, octets, BEARER_OCTETS_MAX);

	*ret_damaged = count <= 0;
	if (count > 0)
		return (uint16_t)count;
	length = strnlen(line, BEARER_OCTETS_MAX);
	memcpy(octets, line, length);
	return (uint16_t)length;
}

static void held_tell(struct gsm *g, struct gsm_held *held)
{
	held->told = clock_mono_ms();
	gsm_due(g, CHORE_RETELL, held->told + g->timings.kept);

	memset(&g->tell, 0, sizeof(g->tell));
	g->tell.type = BEARER_TELL_RECEIVED;
	g->tell.token = held->token;
	g->tell.received.length = held->length;
	g->tell.received.damaged = held->damaged;
	memcpy(g->tell.received.octets, held->octets, held->length);
	gsm_tell(g, &g->tell);
}

static void held_fill(struct gsm *g, struct gsm_held *held, int store, int index, const char *line)
{
	*held = (struct gsm_held){.store = (int8_t)store, .index = (int16_t)index, .seen = true};
	held->length = line_octets(line, held->octets, &held->damaged);
	if (++g->token == 0)
		g->token = 1;
	held->token = g->token;
}

void gsm_receive_start(struct gsm *g)
{
	for (int i = 0; i < GSM_HELD_MAX; i++)
		if (g->held[i].token && g->held[i].store >= 0)
			held_free(&g->held[i]);
	g->due[CHORE_DELETE] = GSM_NEVER;
	g->list_refused = false;
	gsm_receive_announced(g, NULL, -1);
}

void gsm_receive_kept(struct gsm *g, uint32_t token)
{
	for (int i = 0; token && i < GSM_HELD_MAX; i++) {
		struct gsm_held *held = &g->held[i];

		if (held->token != token)
			continue;
		if (held->store < 0) {
			held_free(held);
			return;
		}
		held->kept = true;
		gsm_due(g, CHORE_DELETE, 0);
		return;
	}
}

/* A direct one is told again, because nothing else remembers it; a stored one is left for the next sweep. */
void gsm_receive_retell(struct gsm *g)
{
	int64_t now = clock_mono_ms();

	g->due[CHORE_RETELL] = GSM_NEVER;
	for (int i = 0; i < GSM_HELD_MAX; i++) {
		struct gsm_held *held = &g->held[i];

		if (!held->token || held->kept || !held->told)
			continue;
		if (now - held->told < g->timings.kept)
			gsm_due(g, CHORE_RETELL, held->told + g->timings.kept);
		else if (held->store < 0)
			held_tell(g, held);
		else
			held_free(held);
	}
}

/* ---- direct ---- */

void gsm_receive_direct(struct gsm *g, const char *line)
{
	const char *body = strchr(line, '\n');
	struct gsm_held *held = held_place(g);

	if (!body || !held) {
		/* A header alone, or nowhere to keep it: what the store has of it is found by a sweep. */
		gsm_receive_announced(g, NULL, -1);
		return;
	}
	held_fill(g, held, -1, -1, body + 1);
	if (held->damaged) {
		/* A body that is no PDU: the modem went back to text mode. The header has the sender, so it goes along. */
		held->length = (uint16_t)strnlen(line, BEARER_OCTETS_MAX);
		memcpy(held->octets, line, held->length);
		gsm_due(g, CHORE_ASSERT, 0);
		gsm_receive_announced(g, NULL, -1);
	}
	held_tell(g, held);
}

/* ---- stored ---- */

bool gsm_select_store(struct gsm *g, int store)
{
	struct at_store told[AT_STORES] = {0};

	if (g->store_read == store)
		return true;

	g->store_read = -1;
	if (!gsm_ok(g, g->timings.store, "AT+CPMS=\"%s\"", g->store[store]))
		return false;
	g->store_read = store;

	/* Some answer without the counts, and tell them when asked. */
	if (g->store_total[store] == 0 && g->reply.count == 0)
		gsm_ok(g, g->timings.store, "AT+CPMS?");
	if (g->reply.count > 0 && at_parse_cpms(g->reply.line[0], told) > 0 && told[0].total > 0)
		g->store_total[store] = told[0].total;
	return g->end == GSM_ON;
}

void gsm_receive_announced(struct gsm *g, const char *store, int index)
{
	unsigned which = (1U << g->store_count) - 1;

	for (int i = 0; store && i < g->store_count; i++)
		if (strcasecmp(g->store[i], store) == 0)
			which = 1U << i;
	if (index >= 0 && g->list_refused)
		g->slot_next = 0;
	g->sweep_stores |= which;
	g->sweep_again = g->quirks && g->quirks->list_again_ms > 0 && store;
	gsm_due(g, CHORE_SWEEP, 0);
}

struct listing {
	struct gsm *g;
	int store;
	int index;    /* of the header read; -1: none waits for its PDU */
	bool foreign; /* that header is of something stored here, not received */
	char header[64];
	unsigned entries;
	bool crowded; /* more than can be held at once: sweep again */
};

static void listing_entry(struct listing *listing, const char *pdu)
{
	struct gsm *g = listing->g;
	struct gsm_held *held = held_find_slot(g, listing->store, listing->index);
	struct gsm_held fresh;

	listing->entries++;
	if (listing->foreign && !(g->full & 1U << listing->store))
		return;

	held_fill(g, &fresh, listing->store, listing->index, *pdu ? pdu : listing->header);
	if (held && held->length == fresh.length && memcmp(held->octets, fresh.octets, fresh.length) == 0) {
		/* Known: waiting for KEPT, or for a delete that failed and is due again. */
		held->seen = true;
		held->stuck = false;
		return;
	}
	if (!held)
		held = held_place(g);
	if (!held) {
		listing->crowded = true;
		return;
	}
	*held = fresh;
	held->kept = listing->foreign; /* nobody's news, and in the way */
}

/* "+CMGL: 3,0,,24" and its PDU, which may be fused to the header by a blank or be missing. A broken entry costs no other. */
static void listing_line(void *context, const char *line)
{
	struct listing *listing = context;
	struct at_message message;
	const char *fused;

	if (strncasecmp(line, "+CMGL:", 6) != 0) {
		if (listing->index >= 0)
			listing_entry(listing, line);
		listing->index = -1;
		return;
	}
	if (listing->index >= 0)
		listing_entry(listing, "");

	listing->index = -1;
	if (!at_parse_message(line, &message) || message.index < 0)
		return;
	listing->index = message.index;
	listing->foreign = message.stat == STAT_STORED_UNSENT || message.stat == STAT_STORED_SENT;
	snprintf(listing->header, sizeof(listing->header), "%.63s", line);

	fused = strrchr(line, ' ');
	if (fused && strspn(fused + 1, "0123456789ABCDEFabcdef") >= FUSED_MIN) {
		listing_entry(listing, fused + 1);
		listing->index = -1;
	}
}

static void listing_begin(struct gsm *g, int store)
{
	for (int i = 0; i < GSM_HELD_MAX; i++)
		if (g->held[i].token && g->held[i].store == store)
			g->held[i].seen = false;
}

/* Tells what is new, takes up deletes that failed, forgets those that needed no delete any more. */
static void listing_end(struct gsm *g, int store)
{
	for (int i = 0; i < GSM_HELD_MAX && g->end == GSM_ON; i++) {
		struct gsm_held *held = &g->held[i];

		if (!held->token || held->store != store)
			continue;
		if (held->kept && !held->seen)
			held_free(held);
		else if (held->kept)
			gsm_due(g, CHORE_DELETE, 0);
		else if (!held->told)
			held_tell(g, held);
	}
}

/* Where AT+CMGL fails, one slot at a time. Returns false when the store is through. */
static bool sweep_slot(struct gsm *g, int store)
{
	struct listing listing = {.g = g, .store = store, .index = -1};
	int slot = g->slot_next++;
	enum at_result result;

	if (slot > g->store_total[store]) { /* slots count from 0 or from 1 */
		g->slot_next = 0;
		return false;
	}
	result = gsm_command(g, g->timings.store, "AT+CMGR=%d", slot);
	if (result != AT_OK || g->reply.count == 0)
		return true;

	/* "+CMGR: 0,,24" reads as a listing's line with the slot in front; an empty slot reads "0,,0" and has no PDU. */
	char header[AT_LINE_MAX];
	const char *fields = gsm_line(g, "+CMGR:");
	if (!fields || g->reply.count < 2)
		return true;
	snprintf(header, sizeof(header), "+CMGL: %d,%s", slot, fields);
	listing_line(&listing, header);
	for (unsigned i = 1; i < g->reply.count; i++)
		listing_line(&listing, g->reply.line[i]);
	for (int i = 0; i < GSM_HELD_MAX; i++)
		if (g->held[i].token && g->held[i].store == store && !g->held[i].told && !g->held[i].kept)
			held_tell(g, &g->held[i]);
	return true;
}

/* Returns true when this store is to be looked at again at once. */
static bool sweep_list(struct gsm *g, int store)
{
	struct listing listing = {.g = g, .store = store, .index = -1};
	enum at_result result;

	listing_begin(g, store);
	result = at_command_each(
		g->at, "AT+CMGL=4", NULL, g->timings.list, g->timings.list_all, listing_line, &listing, &g->reply);
	if (listing.index >= 0)
		listing_entry(&listing, "");
	gsm_judge(g, result);
	if (result != AT_OK) {
		for (int i = 0; i < GSM_HELD_MAX; i++)
			g->held[i].seen = true; /* not looked at is not gone */
		g->list_refused = result != AT_CMS_ERROR && g->end == GSM_ON && g->store_total[store] > 0;
		if (result == AT_CMS_ERROR)
			gsm_due(g, CHORE_ASSERT, 0);
	}
	listing_end(g, store);
	if (g->store_total[store] > 0 && (int)listing.entries >= g->store_total[store])
		g->full |= 1U << store;
	else if (!listing.crowded)
		g->full &= ~(1U << store);

	if (result == AT_OK && listing.entries == 0 && g->sweep_again) {
		g->sweep_again = false;
		g->sweep_stores |= 1U << store;
		gsm_due(g, CHORE_SWEEP, clock_mono_ms() + g->quirks->list_again_ms);
		return false;
	}
	return g->list_refused || listing.crowded;
}

void gsm_receive_sweep(struct gsm *g)
{
	int64_t next = clock_mono_ms() + (g->cnmi[0] ? g->timings.sweep : g->timings.sweep_poll);
	int store = 0;
	bool again;

	g->due[CHORE_SWEEP] = GSM_NEVER;
	if (!g->sweep_stores)
		g->sweep_stores = (1U << g->store_count) - 1;
	while (store < g->store_count && !(g->sweep_stores & 1U << store))
		store++;
	if (store == g->store_count) {
		g->sweep_stores = 0;
		gsm_due(g, CHORE_SWEEP, next);
		return;
	}

	g->sweep_stores &= ~(1U << store);
	if (!gsm_select_store(g, store))
		again = false;
	else if (g->list_refused)
		again = sweep_slot(g, store);
	else
		again = sweep_list(g, store);

	if (again)
		g->sweep_stores |= 1U << store;
	/* A crowded store goes on when deletes have made room, which takes a moment; slots go on at once. */
	if (g->sweep_stores && g->due[CHORE_SWEEP] == GSM_NEVER)
		gsm_due(g, CHORE_SWEEP, again && !g->list_refused ? clock_mono_ms() + g->timings.again : 0);
	gsm_due(g, CHORE_SWEEP, next);
}

void gsm_receive_delete(struct gsm *g)
{
	struct gsm_held *next = NULL;
	enum at_result result;

	g->due[CHORE_DELETE] = GSM_NEVER;
	for (int i = 0; i < GSM_HELD_MAX; i++) {
		struct gsm_held *held = &g->held[i];

		if (held->token && held->kept && !held->stuck && (!next || held->store == g->store_read))
			next = held;
	}
	if (!next)
		return;

	next->stuck = true; /* until proven gone; the next sweep that still lists it tries again */
	gsm_due(g, CHORE_DELETE, 0);
	if (!gsm_select_store(g, next->store))
		return;
	result = gsm_command(g, g->timings.store, "AT+CMGD=%d", next->index);
	if (result == AT_OK || (result == AT_CMS_ERROR && g->reply.code == CMS_INVALID_INDEX))
		held_free(next);
}
