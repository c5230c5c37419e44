package outbound

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"

	"millrace/internal/platform/problem"
)

// reserved are ranges where the machine's own and its cloud's secrets live: link-local addresses and the metadata
// services that lie elsewhere. A range of the settings opens one of them only when it is at least as narrow, so that
// allowing a private network of 100.64.0.0/10 does not open the metadata address inside it.
var reserved = ranges("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")

// private are ranges that do not belong to the public internet, and those that only carry another address inside
// (NAT64, 6to4, Teredo), which would lead around the check.
var private = ranges("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/128", "::1/128", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7", "fec0::/10", "ff00::/8")

func ranges(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// Guard decides which addresses may be connected to.
type Guard struct{ allow []netip.Prefix }

// NewGuard returns a guard that lets public addresses through and, of the others, those in the given ranges.
func NewGuard(allow []netip.Prefix) *Guard { return &Guard{allow: allow} }

// Check returns an outbound_blocked problem when addr may not be connected to.
func (g *Guard) Check(addr netip.Addr) error {
	addr = addr.Unmap().WithZone("")
	for _, r := range reserved {
		if r.Contains(addr) {
			return g.unless(addr, r.Bits(), "a link-local or metadata address")
		}
	}
	for _, r := range private {
		if r.Contains(addr) {
			return g.unless(addr, 0, "a private address")
		}
	}
	return nil
}

func (g *Guard) unless(addr netip.Addr, bits int, what string) error {
	for _, a := range g.allow {
		if a.Contains(addr) && a.Bits() >= bits {
			return nil
		}
	}
	return problem.Newf(problem.Invalid, "outbound_blocked",
		"The address %s is %s, and Millrace does not connect to it. An administrator of the installation can allow it with the setting allowPrivateOutbound.", addr, what)
}

// Dialer returns a dialer that checks every address after name resolution, at the moment of connecting.
func (g *Guard) Dialer(timeout time.Duration) *net.Dialer {
	return &net.Dialer{
		Timeout:   timeout,
		KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return problem.Newf(problem.Invalid, "outbound_blocked", "The address %q is not one Millrace connects to.", address)
			}
			return g.Check(at.Addr())
		},
	}
}
