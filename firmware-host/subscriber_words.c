/* What people write in the cells of a subscriber list. */
#include "firmware-host/subscriber_csv.h"

#include "db/subscriber.h"

#include <string.h>

/* The next letter, lower case: ASCII, and the capitals of Latin-1 (À to Þ are C3 80 to C3 9E in UTF-8). */
static unsigned char fold(const char **at, const char *start)
{
	unsigned char octet = (unsigned char)*(*at)++;

	if (octet >= 'A' && octet <= 'Z')
		return (unsigned char)(octet + 'a' - 'A');
	if (*at - 1 > start && (unsigned char)(*at)[-2] == 0xC3 && octet >= 0x80 && octet <= 0x9E && octet != 0x97)
		return (unsigned char)(octet + 0x20);
	return octet;
}

/* Equal as people see it: case and spaces at both ends aside. `length` octets of `one`, all of `other`. */
static bool same_word(const char *one, size_t length, const char *other)
{
	const char *start = one, *end = one + length, *other_start = other;

	while (start < end && *start == ' ')
		start++;
	while (end > start && end[-1] == ' ')
		end--;
	while (*other_start == ' ')
		other_start++;
	size_t other_length = strlen(other_start);
	while (other_length > 0 && other_start[other_length - 1] == ' ')
		other_length--;
	if ((size_t)(end - start) != other_length)
		return false;
	const char *a = start, *b = other_start;
	while (a < end)
		if (fold(&a, start) != fold(&b, other_start))
			return false;
	return true;
}

static bool word_is_alias(const char *aliases, const char *word)
{
	while (*aliases) {
		size_t length = strcspn(aliases, ",");
		if (length > 0 && same_word(aliases, length, word))
			return true;
		aliases += length + (aliases[length] == ',');
	}
	return false;
}

const char *subscriber_csv_named(const struct settings_named *named, int count, const char *text)
{
	for (int i = 0; i < count; i++)
		if (same_word(named[i].id, strlen(named[i].id), text) ||
			same_word(named[i].name, strlen(named[i].name), text) || word_is_alias(named[i].aliases, text))
			return named[i].id;
	return NULL;
}

bool subscriber_csv_channel(const char *text, int *ret_channel)
{
	static const struct {
		const char *word;
		enum subscriber_channel channel;
	} words[] = {{"", CHANNEL_AUTO}, {"auto", CHANNEL_AUTO}, {"sms", CHANNEL_SMS}, {"whatsapp", CHANNEL_WHATSAPP}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!same_word(words[i].word, strlen(words[i].word), text))
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
		const char *id = subscriber_csv_named(settings->topics, settings->topic_count, word);
		if (!id) {
			snprintf(why, 160, "unknown topic \"%.60s\"", word);
			return why;
		}
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
