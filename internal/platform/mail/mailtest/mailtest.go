// Package mailtest is a small SMTP server for tests: it takes mail, remembers it, refuses it or goes down when told to.
package mailtest

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/platform/mail"
)

// Server is an SMTP server on a free port of this machine.
type Server struct {
	// Port is where it listens.
	Port int
	// Trust lets a client believe the server's certificate.
	Trust *tls.Config

	t       testing.TB
	tls     *tls.Config
	mu      sync.Mutex
	mails   []Mail
	offer   bool
	account string
	refuse  string
	down    bool
	drop    bool
}

// Mail is a message the server took.
type Mail struct {
	// To are the addresses of the envelope.
	To []string
	// Data is the message as it came.
	Data string
	// Secure says that it came over TLS.
	Secure bool
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t}
	s.tls, s.Trust = certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s.Port = l.Addr().(*net.TCPAddr).Port
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(c)
		}
	}()
	return s
}

// OfferTLS makes the server offer STARTTLS.
func (s *Server) OfferTLS() { s.set(func() { s.offer = true }) }

// Require makes the server ask for a sign-in.
func (s *Server) Require(user, password string) { s.set(func() { s.account = user + " " + password }) }

// Refuse makes the server answer RCPT with a line such as "550 5.1.1 no such user"; "" takes mail again.
func (s *Server) Refuse(answer string) { s.set(func() { s.refuse = answer }) }

// Down makes the server hang up on everybody until it is up again.
func (s *Server) Down(down bool) { s.set(func() { s.down = down }) }

// LoseAnswer makes the server take the next mail and hang up before it says so.
func (s *Server) LoseAnswer() { s.set(func() { s.drop = true }) }

func (s *Server) set(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

// Mails returns what was taken so far, in order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Take returns what was taken since the last Take.
func (s *Server) Take() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.mails
	s.mails = nil
	return out
}

// Options are those of a sender to this server, without protection.
func (s *Server) Options() mail.Options {
	return mail.Options{Host: "127.0.0.1", Port: s.Port, From: "Millrace <millrace@example.org>", TLS: "none", TLSConfig: s.Trust, Timeout: 10 * time.Second}
}

// Sender returns a sender to this server.
func (s *Server) Sender() mail.Sender {
	s.t.Helper()
	sender, err := mail.New(s.Options())
	if err != nil {
		s.t.Fatal(err)
	}
	return sender
}

// Header returns a decoded header of the message.
func (m Mail) Header(name string) string {
	read, err := netmail.ReadMessage(strings.NewReader(m.Data))
	if err != nil {
		return ""
	}
	text, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get(name))
	if err != nil {
		return read.Header.Get(name)
	}
	return text
}

// Text returns the plain text of the message, HTML its other form; both are empty when there is none.
func (m Mail) Text() string { return m.part("text/plain") }

// HTML returns the message as it is shown where HTML is.
func (m Mail) HTML() string { return m.part("text/html") }

func (m Mail) part(want string) string {
	read, err := netmail.ReadMessage(strings.NewReader(m.Data))
	if err != nil {
		return ""
	}
	kind, params, _ := mime.ParseMediaType(read.Header.Get("Content-Type"))
	if kind == want {
		return decode(read.Body, read.Header.Get("Content-Transfer-Encoding"))
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return ""
	}
	parts := multipart.NewReader(read.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			return ""
		}
		if kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); kind == want {
			return decode(p, p.Header.Get("Content-Transfer-Encoding"))
		}
	}
}

func decode(r io.Reader, encoding string) string {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	}
	var b bytes.Buffer
	_, _ = io.Copy(&b, r)
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

type settings struct {
	offer, down     bool
	account, refuse string
}

func (s *Server) now() settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return settings{s.offer, s.down, s.account, s.refuse}
}

func (s *Server) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(c)
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	var m Mail
	if s.now().down {
		return
	}
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		set := s.now()
		switch {
		case verb == "EHLO":
			say("250-test")
			if set.offer && !m.Secure {
				say("250-STARTTLS")
			}
			if set.account != "" {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case verb == "STARTTLS":
			say("220 go on")
			secure := tls.Server(c, s.tls)
			c, in, m.Secure = secure, bufio.NewReader(secure), true
		case verb == "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(line[len("AUTH PLAIN "):])
			if strings.TrimSpace(strings.ReplaceAll(string(raw), "\x00", " ")) != set.account {
				say("535 5.7.8 wrong password " + string(raw[1:]))
				continue
			}
			say("235 welcome")
		case verb == "RCPT":
			if set.refuse != "" {
				say(set.refuse)
				continue
			}
			m.To = append(m.To, strings.TrimSuffix(strings.TrimPrefix(line, "RCPT TO:<"), ">"))
			say("250 ok")
		case verb == "DATA":
			say("354 go on")
			var ok bool
			if m.Data, ok = data(in); !ok || s.take(m) {
				return
			}
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func data(in *bufio.Reader) (string, bool) {
	var b strings.Builder
	for {
		l, err := in.ReadString('\n')
		if err != nil {
			return "", false
		}
		if l == ".\r\n" {
			return b.String(), true
		}
		b.WriteString(l)
	}
}

// take keeps a mail and reports whether its answer is to be lost.
func (s *Server) take(m Mail) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
	lose := s.drop
	s.drop = false
	return lose
}

func certificate(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(fmt.Errorf("certificate: %w", err))
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
}
