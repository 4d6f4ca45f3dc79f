// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bpfvlan.bpf.c - the programs of a port.
 *
 *   bv_slave_tx	ingress of a slave's host end, or a netkit slave's own egress:
 *			what the slave sends. Either way the device is the host end
 *   bv_wire_rx		ingress of the master: what comes from the wire
 *   bv_host_tx		egress of the master: what the host sends
 *   bv_end_tx		egress of a host end, in l3s with `host off`: what the
 *			host sends there by its routes
 *   bv_copy		ingress of the copier's far end: copies left to it
 *
 * The host end has the master's MAC, so that the kernel has compared the
 * destination before us: PACKET_HOST is a frame to a sibling or the host,
 * PACKET_OTHERHOST one to the wire.
 */
#include "lib/slave_tx.h"
#include "lib/wire_rx.h"
#include "lib/host_tx.h"
#include "lib/end_tx.h"

SEC("tc")
int bv_slave_tx(struct __sk_buff *skb)
{
	return bv_handle_slave_tx(skb);
}

SEC("tc")
int bv_wire_rx(struct __sk_buff *skb)
{
	return bv_handle_wire_rx(skb);
}

SEC("tc")
int bv_host_tx(struct __sk_buff *skb)
{
	return bv_handle_host_tx(skb);
}

SEC("tc")
int bv_end_tx(struct __sk_buff *skb)
{
	return bv_handle_end_tx(skb);
}

SEC("tc")
int bv_copy(struct __sk_buff *skb)
{
	return bv_handle_copy(skb);
}

char bv_license[] SEC("license") = "GPL";
