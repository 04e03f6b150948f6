/* What this build calls itself: git's description of the tree. */
#ifndef BANDITORE_VERSION_H
#define BANDITORE_VERSION_H

extern const char banditore_version[];

#endif
