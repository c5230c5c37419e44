package outbound_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"millrace/internal/platform/outbound"
	"millrace/internal/platform/problem"
)

func TestGuardKnowsTheRanges(t *testing.T) {
	cases := []struct {
		addr, allow string
		ok          bool
	}{
		{"140.82.121.3", "", true},
		{"2606:50c0:8000::153", "", true},
		{"127.0.0.1", "", false},
		{"127.0.0.1", "127.0.0.0/8", true},
		{"::1", "", false},
		{"::ffff:127.0.0.1", "", false},
		{"10.1.2.3", "", false},
		{"10.1.2.3", "10.0.0.0/8", true},
		{"10.1.2.3", "10.2.0.0/16", false},
		{"192.168.1.1", "0.0.0.0/0", true},
		{"172.31.0.1", "", false},
		{"100.64.0.1", "", false},
		{"0.0.0.0", "", false},
		{"fd12::1", "", false},
		{"224.0.0.1", "", false},
		{"169.254.169.254", "", false},
		{"169.254.169.254", "0.0.0.0/0", false},
		{"169.254.169.254", "169.254.169.254/32", true},
		{"::ffff:169.254.169.254", "", false},
		{"64:ff9b::a9fe:a9fe", "", false},
		{"2002:a9fe:a9fe::1", "", false},
		{"fe80::1%eth0", "", false},
		{"fd00:ec2::254", "fc00::/7", false},
		{"100.100.100.200", "100.64.0.0/10", false},
		{"100.100.100.201", "100.64.0.0/10", true},
		{"168.63.129.16", "", false},
	}
	for _, c := range cases {
		var allow []netip.Prefix
		if c.allow != "" {
			allow = append(allow, netip.MustParsePrefix(c.allow))
		}
		err := outbound.NewGuard(allow).Check(netip.MustParseAddr(c.addr))
		if (err == nil) != c.ok || (err != nil && problem.CodeOf(err) != "outbound_blocked") {
			t.Errorf("%s with %q allowed: %v", c.addr, c.allow, err)
		}
	}
}

func TestGuardChecksWhatANameResolvesTo(t *testing.T) {
	reached := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+":"+port+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		_, err = outbound.Fetch(outbound.New(w.options()).Client(), req)
		if err == nil || (problem.CodeOf(err) != "outbound_blocked" && strings.Contains("127.0.0.1 localhost [::ffff:127.0.0.1]", host)) {
			t.Errorf("%s: %v", host, err)
		}
		if len(w.slept) > 0 && problem.CodeOf(err) == "outbound_blocked" {
			t.Errorf("%s: a blocked address was tried again", host)
		}
	}
	if reached {
		t.Fatal("the server was reached")
	}
}

func TestGuardChecksRedirects(t *testing.T) {
	w := newWorld(t)
	inner := false
	secret := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inner = true }))
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip("no second loopback address")
	}
	_ = secret.Listener.Close()
	secret.Listener = l
	secret.Start()
	defer secret.Close()
	front := httptest.NewServer(http.RedirectHandler(secret.URL, http.StatusFound))
	defer front.Close()
	opts := w.options()
	opts.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	_, err = outbound.Fetch(outbound.New(opts).Client(), get(t, front.URL))
	if problem.CodeOf(err) != "outbound_blocked" || inner {
		t.Fatalf("%v, reached %v", err, inner)
	}
}

func TestCredentialsDoNotFollowToAnotherHost(t *testing.T) {
	w := newWorld(t)
	var seen http.Header
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Clone() }))
	defer other.Close()
	var target string
	first := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/same" {
			seen = r.Header.Clone()
			return
		}
		http.Redirect(rw, r, target, http.StatusTemporaryRedirect)
	}))
	defer first.Close()
	send := func(method string) error {
		req, _ := http.NewRequestWithContext(context.Background(), method, first.URL, strings.NewReader("x"))
		req.Header.Set("Authorization", "Bearer topsecret")
		req.Header.Set("Private-Token", "topsecret")
		req.Header.Set("Accept", "application/json")
		_, err := outbound.Fetch(w.client("topsecret"), req)
		return err
	}
	target = first.URL + "/same"
	if err := send(http.MethodGet); err != nil || seen.Get("Private-Token") != "topsecret" {
		t.Fatal("the credential was lost on the same host", err, seen)
	}
	target = other.URL
	if err := send(http.MethodGet); err != nil || seen.Get("Authorization") != "" || seen.Get("Private-Token") != "" || seen.Get("Accept") == "" {
		t.Fatal(err, seen)
	}
	if err := send(http.MethodPost); problem.CodeOf(err) != "outbound_blocked" {
		t.Fatal("a body followed to another host", err)
	}
}
