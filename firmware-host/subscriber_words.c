/* What people write in the cells of a subscriber list. */
#include "firmware-host/subscriber_csv.h"

#include "db/subscriber.h"
#include "firmware-host/named.h"

#include <string.h>

bool subscriber_csv_channel(const char *text, int *ret_channel)
{
	static const struct {
		const char *word;
		enum subscriber_channel channel;
	} words[] = {{"", CHANNEL_AUTO}, {"auto", CHANNEL_AUTO}, {"sms", CHANNEL_SMS}, {"whatsapp", CHANNEL_WHATSAPP}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!named_is_word(words[i].word, strlen(words[i].word), text))
			continue;
		*ret_channel = (int)words[i].channel;
		return true;
	}
	return false;
}

const char *subscriber_csv_channel_to_string(int channel)
{
	switch ((enum subscriber_channel)channel) {
	case CHANNEL_AUTO: return "auto";
	case CHANNEL_SMS: return "sms";
	case CHANNEL_WHATSAPP: return "whatsapp";
	}
	return "?";
}

static bool list_has(const char *list, const char *id)
{
	size_t length = strlen(id);

	for (const char *at = list; (at = strstr(at, id)); at += length)
		if ((at == list || at[-1] == '|') && (at[length] == '|' || at[length] == '\0'))
			return true;
	return false;
}

const char *subscriber_csv_topics(
	const struct settings *settings, const char *text, char *out, size_t size, char why[160])
{
	char word[SETTINGS_STRING_MAX];

	out[0] = '\0';
	for (const char *at = text; *at;) {
		size_t length = strcspn(at, "|");
		snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), at);
		at += length + (at[length] == '|');
		if (word[strspn(word, " ")] == '\0')
			continue;
		const struct settings_named *topic = named_find(settings->topics, settings->topic_count, word);
		if (!topic) {
			snprintf(why, 160, "unknown topic \"%.60s\"", word);
			return why;
		}
		const char *id = topic->id;
		if (list_has(out, id))
			continue;
		size_t used = strlen(out);
		if (used + strlen(id) + 2 > size) {
			snprintf(why, 160, "too many topics");
			return why;
		}
		snprintf(out + used, size - used, "%s%s", used ? "|" : "", id);
	}
	return NULL;
}
