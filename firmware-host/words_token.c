#include "config/source.h"
#include "firmware-host/words_private.h"
#include "modem/utf.h"

#include <string.h>

/* U+00C0 to U+017F without their accents; ' ' is no letter. */
static const char bare_letters[] = "AAAAAAACEEEEIIIIDNOOOOO OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO OUUUUYTY"
				   "AAAAAACCCCCCCCDDDDEEEEEEEEEEGGGGGGGGHHHHIIIIIIIIIIIIJJKKKLLLLLLL"
				   "LLLNNNNNNNNNOOOOOOOORRRRRRSSSSSSSSTTTTTTUUUUUUUUUUUUWWYYYZZZZZZS";

_Static_assert(sizeof bare_letters == 0x180 - 0xC0 + 1, "a letter for each code point");

enum kind { KIND_LETTER, KIND_NOTHING, KIND_GAP };

/* Marks that stand on, in or around the letter before them, and what only steers how a line is set. */
static bool is_mark(uint32_t code_point)
{
	return (code_point >= 0x300 && code_point <= 0x36F) || (code_point >= 0x20D0 && code_point <= 0x20FF) ||
	       (code_point >= 0xFE00 && code_point <= 0xFE0F) || (code_point >= 0x200B && code_point <= 0x200F) ||
	       (code_point >= 0x202A && code_point <= 0x202E) || (code_point >= 0x2060 && code_point <= 0x206F) ||
	       code_point == 0xAD || code_point == 0xFEFF;
}

/* Signs and blanks of Unicode outside the blocks of letters. */
static bool is_sign(uint32_t code_point)
{
	return (code_point >= 0x2000 && code_point <= 0x2BFF) || (code_point >= 0x3000 && code_point <= 0x303F) ||
	       (code_point >= 0xE000 && code_point <= 0xF8FF) || (code_point >= 0x1F000 && code_point <= 0x1FAFF) ||
	       code_point >= 0xE0000;
}

static enum kind letter_read(uint32_t code_point, char *ret)
{
	*ret = '?';
	if (code_point < 0x80) {
		*ret = (char)(code_point >= 'a' && code_point <= 'z' ? code_point - 'a' + 'A' : code_point);
		return (*ret >= 'A' && *ret <= 'Z') || (*ret >= '0' && *ret <= '9') ? KIND_LETTER : KIND_GAP;
	}
	if (is_mark(code_point))
		return KIND_NOTHING;
	if (code_point < 0xC0 || is_sign(code_point))
		return KIND_GAP;
	if (code_point < 0x180)
		*ret = bare_letters[code_point - 0xC0];
	return *ret == ' ' ? KIND_GAP : KIND_LETTER;
}

/* Whether the word would then hold three letters of a kind in a row, as in "ATTIVAAAA". */
static bool is_third(const char *word, size_t length, char letter)
{
	return length >= 2 && letter >= 'A' && word[length - 1] == letter && word[length - 2] == letter;
}

static void sign_note(uint32_t code_point, struct words *words)
{
	words->question |= code_point == '?' || code_point == 0xBF;
	words->agree |= code_point == 0x1F44D || code_point == 0x1F44C || code_point == 0x2705;
	words->disagree |= code_point == 0x1F44E || code_point == 0x274C;
	words->sign |= code_point >= 0x2600;
}

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

/* What stands between two words without a blank: an address, or a time. */
static void joint_note(const char *text, const struct word *before, const struct word *word, struct words *words)
{
	char joint = text[before->until];

	if (word->from != before->until + 1)
		return;
	words->clock |= (joint == ':' || joint == '.' || joint == '/') && is_digit(text[before->until - 1]) &&
			is_digit(word->word[0]);
	words->link |= joint == '@';
}

static void word_end(struct words *words, size_t length)
{
	struct word *word = &words->at[words->count];

	word->word[length] = '\0';
	words->link |=
		strcmp(word->word, "HTTP") == 0 || strcmp(word->word, "HTTPS") == 0 || strcmp(word->word, "WWW") == 0;
	if (words->count > 0)
		joint_note(words->text, word - 1, word, words);
	words->count++;
}

void words_cut(const char *text, struct words *ret)
{
	const char *next = text;
	size_t length = 0;
	uint32_t code_point;

	ret->text = text;
	ret->count = 0;
	ret->more = ret->question = ret->link = ret->agree = ret->disagree = ret->sign = ret->clock = false;
	for (const char *at = text; (code_point = utf8_next(&next)) != 0; at = next) {
		char letter;
		enum kind kind = letter_read(code_point, &letter);

		if (kind == KIND_GAP) {
			sign_note(code_point, ret);
			if (length > 0)
				word_end(ret, length);
			length = 0;
		}
		if (kind != KIND_LETTER)
			continue;
		if (ret->count == WORDS_TOKENS_MAX) {
			ret->more = true;
			return;
		}
		struct word *word = &ret->at[ret->count];
		if (length == 0) {
			word->from = (size_t)(at - text);
			word->says = 0;
		}
		word->until = (size_t)(next - text);
		if (length + 1 < WORD_SIZE && !is_third(word->word, length, letter))
			word->word[length++] = letter;
	}
	if (length > 0)
		word_end(ret, length);
}

size_t words_compact(const char *text, char out[WORD_SIZE])
{
	size_t length = 0;
	uint32_t code_point;
	char letter;

	while ((code_point = utf8_next(&text)) != 0)
		if (letter_read(code_point, &letter) == KIND_LETTER && length + 1 < WORD_SIZE &&
			!is_third(out, length, letter))
			out[length++] = letter;
	out[length] = '\0';
	return length;
}

int words_distance(const char *one, const char *other, int most)
{
	size_t length = strlen(one), other_length = strlen(other);
	size_t apart = length > other_length ? length - other_length : other_length - length;

	if (apart > (size_t)most)
		return most + 1;
	int distance = source_distance(one, other);
	return distance > most ? most + 1 : distance;
}

int words_slack(size_t length)
{
	return length < 6 ? 0 : length < 9 ? 1 : 2;
}
