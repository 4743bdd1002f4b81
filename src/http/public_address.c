/*
 * public_address.c
 *		Classifies network addresses as public or not.
 *
 * A server that does not belong to a superuser must not reach hosts that only the
 * database's own network can reach.  The ranges are those of IANA's registries
 * of special-purpose IPv4 and IPv6 addresses, and those that clouds have given to
 * services which only their own machines reach.
 *
 * No name is resolved here.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "http/public_address.h"

/* The first bits of addresses. */
typedef struct Prefix
{
	uint8		bytes[16];
	int			bits;
} Prefix;

static const Prefix not_public_4[] =
{
	{{0}, 8},					/* this network; 0.0.0.0 is this host */
	{{10}, 8},					/* private */
	{{100, 64}, 10},			/* shared, carrier-grade NAT */
	{{127}, 8},					/* loopback */
	{{161, 26}, 16},			/* IBM Cloud's own services */
	{{166, 8}, 14},				/* the same */
	{{168, 63, 129, 16}, 32},	/* Azure's platform, on every machine of it */
	{{169, 254}, 16},			/* link-local; clouds' metadata services */
	{{172, 16}, 12},			/* private */
	{{192, 0, 0}, 24},			/* protocol assignments */
	{{192, 0, 2}, 24},			/* documentation */
	{{192, 88, 99}, 24},		/* relays of 6to4 */
	{{192, 168}, 16},			/* private */
	{{198, 18}, 15},			/* benchmarks */
	{{198, 51, 100}, 24},		/* documentation */
	{{199, 36, 153, 4}, 30},	/* Google Cloud's interfaces from inside */
	{{199, 36, 153, 8}, 30},	/* the same */
	{{203, 0, 113}, 24},		/* documentation */
	{{224}, 4},					/* multicast */
	{{240}, 4}					/* reserved, broadcast */
};

/*
 * Only global unicast addresses are public, and not all of them.  So unique local
 * ones (Amazon's fd00:ec2::254) are not, nor NAT64's local prefix 64:ff9b:1::/48,
 * nor what is written ::a.b.c.d or ::ffff:0:a.b.c.d.
 */
static const Prefix global_unicast = {{0x20}, 3};
static const Prefix not_public_6[] =
{
	{{0x20, 0x01, 0x00}, 23},	/* protocol assignments, Teredo among them */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0x3f, 0xff}, 20}			/* documentation */
};

/* IPv6 addresses that stand for an IPv4 address, and where it is in them. */
static const struct
{
	Prefix		prefix;
	int			offset;
}			wrappers[] =

{
	{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12}, /* mapped */
	{{{0x00, 0x64, 0xff, 0x9b}, 96}, 12},	/* NAT64 */
	{{{0x20, 0x02}, 16}, 2}		/* 6to4 */
};

/*
 * ISATAP: the last 8 bytes of any address may say 0:5efe or 200:5efe, and an IPv4
 * address, to which a tunnel on this machine would lead (RFC 5214, section 6.1).
 */
static const uint8 isatap[] = {0x00, 0x00, 0x5e, 0xfe};

#define ISATAP_OFFSET	8
#define ISATAP_GLOBAL	0x02	/* bit of its first byte; does not matter */

static bool
has_prefix(const uint8 *address, const Prefix *prefix)
{
	int			whole = prefix->bits / 8;
	int			rest = prefix->bits % 8;

	if (memcmp(address, prefix->bytes, whole) != 0)
		return false;
	return rest == 0 || (address[whole] ^ prefix->bytes[whole]) >> (8 - rest) == 0;
}

static bool
is_public_4(const uint8 *address)
{
	for (int i = 0; i < (int) lengthof(not_public_4); i++)
	{
		if (has_prefix(address, &not_public_4[i]))
			return false;
	}
	return true;
}

static bool
is_isatap(const uint8 *address)
{
	const uint8 *interface = address + ISATAP_OFFSET;

	return (interface[0] & ~ISATAP_GLOBAL) == isatap[0] &&
		memcmp(interface + 1, isatap + 1, sizeof(isatap) - 1) == 0;
}

static bool
is_public_6(const uint8 *address)
{
	for (int i = 0; i < (int) lengthof(wrappers); i++)
	{
		if (has_prefix(address, &wrappers[i].prefix))
			return is_public_4(address + wrappers[i].offset);
	}
	for (int i = 0; i < (int) lengthof(not_public_6); i++)
	{
		if (has_prefix(address, &not_public_6[i]))
			return false;
	}
	if (is_isatap(address) && !is_public_4(address + ISATAP_OFFSET + sizeof(isatap)))
		return false;
	return has_prefix(address, &global_unicast);
}

bool
pca_public_address_is_public(const struct sockaddr *address)
{
	const void *bytes;

	switch (address->sa_family)
	{
		case AF_INET:
			bytes = &((const struct sockaddr_in *) address)->sin_addr;
			return is_public_4(bytes);
		case AF_INET6:
			bytes = &((const struct sockaddr_in6 *) address)->sin6_addr;
			return is_public_6(bytes);
		default:
			return false;
	}
}

bool
pca_public_address_text_is_public(const char *written)
{
	uint8		bytes[16];

	if (inet_pton(AF_INET, written, bytes) == 1)
		return is_public_4(bytes);
	if (inet_pton(AF_INET6, written, bytes) == 1)
		return is_public_6(bytes);
	return false;
}
