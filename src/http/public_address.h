/*
 * public_address.h
 *		Classifies network addresses as public or not.
 */
#ifndef PCA_PUBLIC_ADDRESS_H
#define PCA_PUBLIC_ADDRESS_H

#include "postgres.h"

#include <sys/socket.h>

/*
 * Returns true if the address is one of the public Internet: not loopback, private,
 * link-local, shared (100.64.0.0/10), multicast or reserved, and not an IPv6
 * address that only wraps such an IPv4 address.  Anything but IPv4 and IPv6 is
 * not public.
 */
extern bool pca_public_address_is_public(const struct sockaddr *address);

/* Returns the same for an address as text; false if it is not an address. */
extern bool pca_public_address_text_is_public(const char *written);

#endif							/* PCA_PUBLIC_ADDRESS_H */
