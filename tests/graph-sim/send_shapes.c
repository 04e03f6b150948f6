/* What a message may hold: lengths and keys of each type. */
#include "tests/graph-sim/send.h"
#include "tests/graph-sim/shape.h"

enum { VALUE = 131009 }; /* the code of interactive messages' lengths */

#define END                                        \
	{                                          \
		NULL, SHAPE_ANY, false, 0, NULL, 0 \
	}
#define MEDIA_ID                                         \
	{"id", SHAPE_TEXT, false, 0, NULL, 0},           \
	{                                                \
		"link", SHAPE_TEXT, false, 2000, NULL, 0 \
	}

static const struct member text[] = {
	{"body", SHAPE_TEXT, true, 4096, NULL, 0}, {"preview_url", SHAPE_BOOL, false, 0, NULL, 0}, END};
static const struct member captioned[] = {MEDIA_ID, {"caption", SHAPE_TEXT, false, 1024, NULL, 0}, END};
static const struct member document[] = {
	MEDIA_ID, {"caption", SHAPE_TEXT, false, 1024, NULL, 0}, {"filename", SHAPE_TEXT, false, 240, NULL, 0}, END};
static const struct member audio[] = {MEDIA_ID, {"voice", SHAPE_BOOL, false, 0, NULL, 0}, END};
static const struct member sticker[] = {MEDIA_ID, END};
static const struct member location[] = {{"latitude", SHAPE_NUMBER, true, 0, NULL, 0},
	{"longitude", SHAPE_NUMBER, true, 0, NULL, 0}, {"name", SHAPE_TEXT, false, 1000, NULL, 0},
	{"address", SHAPE_TEXT, false, 1000, NULL, 0}, END};
static const struct member reaction[] = {
	{"message_id", SHAPE_TEXT, true, 0, NULL, 0}, {"emoji", SHAPE_TEXT, false, 16, NULL, 0}, END};

static const struct member contact_name[] = {{"formatted_name", SHAPE_TEXT, true, 0, NULL, 0},
	{"first_name", SHAPE_TEXT, false, 0, NULL, 0}, {"last_name", SHAPE_TEXT, false, 0, NULL, 0},
	{"middle_name", SHAPE_TEXT, false, 0, NULL, 0}, {"suffix", SHAPE_TEXT, false, 0, NULL, 0},
	{"prefix", SHAPE_TEXT, false, 0, NULL, 0}, END};
static const struct member contact[] = {{"name", SHAPE_OBJECT, true, 0, contact_name, 0},
	{"phones", SHAPE_LIST, false, 0, NULL, 0}, {"emails", SHAPE_LIST, false, 0, NULL, 0},
	{"addresses", SHAPE_LIST, false, 0, NULL, 0}, {"urls", SHAPE_LIST, false, 0, NULL, 0},
	{"org", SHAPE_OBJECT, false, 0, NULL, 0}, {"birthday", SHAPE_TEXT, false, 0, NULL, 0}, END};

static const struct member header[] = {{"type", SHAPE_TEXT, true, 0, NULL, 0},
	{"text", SHAPE_TEXT, false, 60, NULL, VALUE}, {"sub_text", SHAPE_TEXT, false, 60, NULL, VALUE},
	{"image", SHAPE_OBJECT, false, 0, captioned, 0}, {"video", SHAPE_OBJECT, false, 0, captioned, 0},
	{"document", SHAPE_OBJECT, false, 0, document, 0}, END};
static const struct member body[] = {{"text", SHAPE_TEXT, true, 4096, NULL, VALUE}, END};
static const struct member footer[] = {{"text", SHAPE_TEXT, true, 60, NULL, VALUE}, END};
static const struct member reply[] = {
	{"id", SHAPE_TEXT, true, 256, NULL, VALUE}, {"title", SHAPE_TEXT, true, 20, NULL, VALUE}, END};
static const struct member button[] = {
	{"type", SHAPE_TEXT, true, 0, NULL, 0}, {"reply", SHAPE_OBJECT, true, 0, reply, VALUE}, END};
static const struct member row[] = {{"id", SHAPE_TEXT, true, 200, NULL, VALUE},
	{"title", SHAPE_TEXT, true, 24, NULL, VALUE}, {"description", SHAPE_TEXT, false, 72, NULL, VALUE}, END};
static const struct member section[] = {{"title", SHAPE_TEXT, false, 24, NULL, VALUE},
	{"rows", SHAPE_LIST, true, 10, row, VALUE}, {"product_items", SHAPE_LIST, false, 0, NULL, 0}, END};
static const struct member action[] = {{"name", SHAPE_TEXT, false, 0, NULL, 0},
	{"button", SHAPE_TEXT, false, 20, NULL, VALUE}, {"buttons", SHAPE_LIST, false, 3, button, VALUE},
	{"sections", SHAPE_LIST, false, 10, section, VALUE}, {"parameters", SHAPE_OBJECT, false, 0, NULL, 0}, END};
static const struct member interactive[] = {{"type", SHAPE_TEXT, true, 0, NULL, 0},
	{"header", SHAPE_OBJECT, false, 0, header, 0}, {"body", SHAPE_OBJECT, true, 0, body, VALUE},
	{"footer", SHAPE_OBJECT, false, 0, footer, 0}, {"action", SHAPE_OBJECT, true, 0, action, VALUE}, END};

static const struct member language[] = {
	{"code", SHAPE_TEXT, true, 0, NULL, 0}, {"policy", SHAPE_TEXT, false, 0, NULL, 0}, END};
static const struct member parameter[] = {{"type", SHAPE_TEXT, true, 0, NULL, 0},
	{"text", SHAPE_TEXT, false, 0, NULL, 0}, {"parameter_name", SHAPE_TEXT, false, 0, NULL, 0},
	{"payload", SHAPE_TEXT, false, 256, NULL, 0}, {"image", SHAPE_OBJECT, false, 0, captioned, 0},
	{"video", SHAPE_OBJECT, false, 0, captioned, 0}, {"document", SHAPE_OBJECT, false, 0, document, 0},
	{"location", SHAPE_OBJECT, false, 0, location, 0}, {"currency", SHAPE_OBJECT, false, 0, NULL, 0},
	{"date_time", SHAPE_OBJECT, false, 0, NULL, 0}, {"coupon_code", SHAPE_TEXT, false, 0, NULL, 0},
	{"action", SHAPE_OBJECT, false, 0, NULL, 0}, END};
static const struct member component[] = {{"type", SHAPE_TEXT, true, 0, NULL, 0},
	{"sub_type", SHAPE_TEXT, false, 0, NULL, 0}, {"index", SHAPE_NUMBER, false, 0, NULL, 0},
	{"parameters", SHAPE_LIST, false, 0, parameter, 0}, END};
static const struct member template[] = {{"name", SHAPE_TEXT, true, 512, NULL, 0},
	{"language", SHAPE_OBJECT, true, 0, language, 0}, {"namespace", SHAPE_TEXT, false, 0, NULL, 0},
	{"components", SHAPE_LIST, false, 0, component, 0}, END};

static const struct member context[] = {{"message_id", SHAPE_TEXT, true, 0, NULL, 0}, END};
static const struct member typing[] = {{"type", SHAPE_TEXT, true, 0, NULL, 0}, END};

const struct member send_message[] = {{"messaging_product", SHAPE_TEXT, true, 0, NULL, 0},
	{"recipient_type", SHAPE_TEXT, false, 0, NULL, 0}, {"to", SHAPE_TEXT, false, 0, NULL, 0},
	{"recipient", SHAPE_TEXT, false, 0, NULL, 0}, {"type", SHAPE_TEXT, false, 0, NULL, 0},
	{"context", SHAPE_OBJECT, false, 0, context, 0}, {"biz_opaque_callback_data", SHAPE_TEXT, false, 512, NULL, 0},
	{"recipient_identity_key_hash", SHAPE_TEXT, false, 0, NULL, 0}, {"text", SHAPE_OBJECT, false, 0, text, 0},
	{"image", SHAPE_OBJECT, false, 0, captioned, 0}, {"video", SHAPE_OBJECT, false, 0, captioned, 0},
	{"document", SHAPE_OBJECT, false, 0, document, 0}, {"audio", SHAPE_OBJECT, false, 0, audio, 0},
	{"sticker", SHAPE_OBJECT, false, 0, sticker, 0}, {"location", SHAPE_OBJECT, false, 0, location, 0},
	{"contacts", SHAPE_LIST, false, 257, contact, 0}, {"interactive", SHAPE_OBJECT, false, 0, interactive, 0},
	{"reaction", SHAPE_OBJECT, false, 0, reaction, 0}, {"template", SHAPE_OBJECT, false, 0, template, 0}, END};

const struct member send_read[] = {{"messaging_product", SHAPE_TEXT, true, 0, NULL, 0},
	{"status", SHAPE_TEXT, true, 0, NULL, 0}, {"message_id", SHAPE_TEXT, true, 0, NULL, 0},
	{"typing_indicator", SHAPE_OBJECT, false, 0, typing, 0}, END};
