/* What a citizen's file is said to be, of the types that run nothing; all else is octets. Decides the end of its name and
 * what a browser is told, never what is done with it. Pure. */
#ifndef BANDITORE_MEDIA_TYPE_H
#define BANDITORE_MEDIA_TYPE_H

struct media_type {
	const char *type, *ending; /* "image/jpeg", "jpg" */
};

/* Never NULL. The type alone counts, not what may stand behind it ("audio/ogg; codecs=opus"). */
const struct media_type *media_type_of(const char *mime);

#endif
