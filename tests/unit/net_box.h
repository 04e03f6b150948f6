/* A network namespace of the test's own, whose routes it may take up and down without anybody noticing. */
#ifndef BANDITORE_TESTS_NET_BOX_H
#define BANDITORE_TESTS_NET_BOX_H

/* Before any thread is started. NULL, or why there is none: the tests that need it are skipped. */
const char *net_box_open(void);

/* `ip WORDS`, formatted; fails the test when it is refused. */
void net_box_ip(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
