#include "firmware-host/named.h"

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

bool named_is_word(const char *one, size_t length, const char *other)
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
		if (length > 0 && named_is_word(aliases, length, word))
			return true;
		aliases += length + (aliases[length] == ',');
	}
	return false;
}

const struct settings_named *named_find(const struct settings_named *list, int count, const char *text)
{
	for (int i = 0; i < count; i++)
		if (named_is_word(list[i].id, strlen(list[i].id), text) ||
			named_is_word(list[i].name, strlen(list[i].name), text) || word_is_alias(list[i].aliases, text))
			return &list[i];
	return NULL;
}
