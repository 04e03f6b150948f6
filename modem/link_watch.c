#include "modem/link_watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ANSWER_MAX = 4096,
	SEQUENCE = 1,
	HEARD_MAX = 1024, /* messages taken at once; what is left makes the descriptor readable again */
};

struct route_ask {
	struct nlmsghdr head;
	struct rtmsg route;
	struct rtattr to;
	unsigned char address[sizeof(struct in6_addr)];
};

int link_watch_open(void)
{
	struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
		.nl_groups =
			RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&groups, sizeof groups) == 0)
		return fd;
	int result = -errno;
	close(fd);
	return result;
}

bool link_watch_heard(int fd)
{
	char first; /* what changed is asked for anew, so the message itself is not looked at */
	bool heard = false;

	for (int i = 0; i < HEARD_MAX; i++) {
		if (recv(fd, &first, sizeof first, MSG_DONTWAIT | MSG_TRUNC) >= 0 || errno == ENOBUFS)
			heard = true;
		else if (errno != EINTR)
			break;
	}
	return heard;
}

/* ---- a route ----------------------------------------------------------------------------------------------------- */

/* False: no address. */
static bool ask_fill(const char *address, struct route_ask *ask)
{
	bool v6 = strchr(address, ':') != NULL;
	size_t size = v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);

	memset(ask, 0, sizeof *ask);
	if (inet_pton(v6 ? AF_INET6 : AF_INET, address, ask->address) != 1)
		return false;
	ask->to = (struct rtattr){.rta_type = RTA_DST, .rta_len = (unsigned short)RTA_LENGTH(size)};
	ask->route.rtm_family = v6 ? AF_INET6 : AF_INET;
	ask->route.rtm_dst_len = (unsigned char)(size * 8);
	ask->head = (struct nlmsghdr){.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof ask->route) + RTA_LENGTH(size)),
		.nlmsg_type = RTM_GETROUTE,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = SEQUENCE};
	return true;
}

static int refusal_read(const struct nlmsghdr *head)
{
	const struct nlmsgerr *refusal = NLMSG_DATA(head);

	if (head->nlmsg_len < NLMSG_LENGTH(sizeof *refusal))
		return -EBADMSG;
	switch (refusal->error) {
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -ENETDOWN:
	case -ENODEV:
	case -EACCES:		/* a route that prohibits */
	case -EINVAL: return 0; /* one that swallows */
	default: return refusal->error < 0 ? refusal->error : -EBADMSG;
	}
}

int link_route_read(const void *octets, size_t length, uint32_t sequence)
{
	const struct nlmsghdr *head = octets;
	int index = 0;

	if (length < sizeof *head || head->nlmsg_len < sizeof *head || head->nlmsg_len > length ||
		head->nlmsg_seq != sequence)
		return -EBADMSG;
	if (head->nlmsg_type == NLMSG_ERROR)
		return refusal_read(head);
	const struct rtmsg *route = NLMSG_DATA(head);
	if (head->nlmsg_type != RTM_NEWROUTE || head->nlmsg_len < NLMSG_LENGTH(sizeof *route))
		return -EBADMSG;
	if (route->rtm_type != RTN_UNICAST && route->rtm_type != RTN_LOCAL)
		return 0;
	int left = (int)(head->nlmsg_len - NLMSG_LENGTH(sizeof *route)); /* may fall below 0: what pads the last part */
	for (const struct rtattr *part = RTM_RTA(route); RTA_OK(part, left); part = RTA_NEXT(part, left))
		if (part->rta_type == RTA_OIF && RTA_PAYLOAD(part) >= sizeof index)
			memcpy(&index, RTA_DATA(part), sizeof index);
	return index > 0 ? index : -EBADMSG;
}

static int route_ask(int fd, const char *address)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_MAX];
	struct route_ask ask;

	if (!ask_fill(address, &ask))
		return -EINVAL;
	if (send(fd, &ask, ask.head.nlmsg_len, 0) < 0)
		return -errno;
	/* The kernel answers within send(). */
	ssize_t got = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
	return got < 0 ? -errno : link_route_read(answer, (size_t)got, SEQUENCE);
}

/* A cable that is pulled leaves the route; the interface says it. */
static bool interface_runs(int fd, int index)
{
	struct ifreq request = {.ifr_flags = 0};

	if (!if_indextoname((unsigned)index, request.ifr_name) || ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		return false;
	return (request.ifr_flags & IFF_UP) && (request.ifr_flags & IFF_RUNNING);
}

int link_watch_route(const char *address)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	int index = route_ask(fd, address);
	if (index > 0 && !interface_runs(fd, index))
		index = 0;
	close(fd);
	return index;
}
