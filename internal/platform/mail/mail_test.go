package mail_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"mime"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/mail"
	"millrace/internal/platform/problem"
)

// server is an SMTP server that takes one mail at a time and remembers it.
type server struct {
	t      *testing.T
	tls    *tls.Config
	trust  *tls.Config
	port   int
	mails  chan received
	offer  bool   // STARTTLS
	user   string // "user password" when sign-in is asked for
	refuse string // the answer to RCPT
}

type received struct {
	to     []string
	data   string
	secure bool
}

func serve(t *testing.T, tune func(*server)) *server {
	t.Helper()
	s := &server{t: t, mails: make(chan received, 9)}
	s.tls, s.trust = certificate(t)
	if tune != nil {
		tune(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	s.port = l.Addr().(*net.TCPAddr).Port
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

func (s *server) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(c)
	say := func(line string) { fmt.Fprint(c, line+"\r\n") }
	var m received
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch {
		case verb == "EHLO":
			say("250-test")
			if s.offer && !m.secure {
				say("250-STARTTLS")
			}
			if s.user != "" {
				say("250-AUTH PLAIN")
			}
			say("250 8BITMIME")
		case verb == "STARTTLS":
			say("220 go on")
			secure := tls.Server(c, s.tls)
			c, in, m.secure = secure, bufio.NewReader(secure), true
		case verb == "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(line[len("AUTH PLAIN "):])
			if strings.TrimSpace(strings.ReplaceAll(string(raw), "\x00", " ")) != s.user {
				say("535 5.7.8 wrong password " + string(raw[1:]))
				continue
			}
			say("235 welcome")
		case verb == "RCPT":
			if s.refuse != "" {
				say(s.refuse)
				continue
			}
			m.to = append(m.to, strings.TrimSuffix(strings.TrimPrefix(line, "RCPT TO:<"), ">"))
			say("250 ok")
		case verb == "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				b.WriteString(l)
			}
			m.data = b.String()
			s.mails <- m
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func certificate(t *testing.T) (server, client *tls.Config) {
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
	cert, _ := x509.ParseCertificate(der)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
}

func (s *server) sender(tune func(*mail.Options)) mail.Sender {
	s.t.Helper()
	set := mail.Options{Host: "127.0.0.1", Port: s.port, From: "Millrace <millrace@example.org>", TLS: "none", TLSConfig: s.trust, Timeout: 10 * time.Second}
	if tune != nil {
		tune(&set)
	}
	sender, err := mail.New(set)
	if err != nil {
		s.t.Fatal(err)
	}
	return sender
}

func TestNoServerIsConfigured(t *testing.T) {
	s, err := mail.New(mail.Options{})
	if err != nil || s.Configured() {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), mail.Message{To: []string{"a@b.c"}}); problem.CodeOf(err) != "mail_not_configured" {
		t.Fatal(err)
	}
}

func TestMessageArrivesWhole(t *testing.T) {
	srv := serve(t, nil)
	sender := srv.sender(nil)
	if !sender.Configured() {
		t.Fatal("not configured")
	}
	err := sender.Send(t.Context(), mail.Message{
		To: []string{"Ada <ada@example.org>", "bob@example.org"}, Subject: "Grüße\r\nBcc: eve@example.org", ReplyTo: "team@example.org",
		Text: "Hello Ada,\n.\nhttps://millrace.example/invitation/abc\n", HTML: "<p>Hello Ada</p>",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := <-srv.mails
	if strings.Join(got.to, " ") != "ada@example.org bob@example.org" {
		t.Fatal(got.to)
	}
	m, err := netmail.ReadMessage(strings.NewReader(got.data))
	if err != nil {
		t.Fatal(err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if !strings.HasPrefix(subject, "Grüße") || m.Header.Get("Bcc") != "" || m.Header.Get("Auto-Submitted") != "auto-generated" ||
		!strings.Contains(m.Header.Get("From"), "millrace@example.org") || m.Header.Get("Reply-To") != "<team@example.org>" || m.Header.Get("Message-Id") == "" {
		t.Fatal(m.Header)
	}
	for _, part := range []string{"https://millrace.example/invitation/abc", "<p>Hello Ada</p>", "multipart/alternative"} {
		if !strings.Contains(got.data, part) {
			t.Errorf("%q is missing in\n%s", part, got.data)
		}
	}
}

func TestProtectionIsRequired(t *testing.T) {
	plain := serve(t, nil)
	msg := mail.Message{To: []string{"a@example.org"}, Subject: "s", Text: "t"}
	if err := plain.sender(func(s *mail.Options) { s.TLS = "starttls" }).Send(t.Context(), msg); problem.CodeOf(err) != "mail_unavailable" || len(plain.mails) != 0 {
		t.Fatal("the message left in the clear", err)
	}
	secure := serve(t, func(s *server) { s.offer = true; s.user = "bob hunter2hunter2" })
	sender := secure.sender(func(s *mail.Options) { s.TLS, s.Username, s.Password = "", "bob", "hunter2hunter2" })
	if err := sender.Send(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	if got := <-secure.mails; !got.secure {
		t.Fatal("not protected")
	}
	if err := secure.sender(func(s *mail.Options) { s.TLS, s.TLSConfig = "starttls", nil }).Send(t.Context(), msg); problem.CodeOf(err) != "mail_unavailable" {
		t.Fatal("a certificate nobody vouches for was taken", err)
	}
}

func TestWrongPasswordShowsNoPassword(t *testing.T) {
	srv := serve(t, func(s *server) { s.offer = true; s.user = "bob right" })
	sender := srv.sender(func(s *mail.Options) { s.TLS, s.Username, s.Password = "starttls", "bob", "hunter2hunter2" })
	err := sender.Send(t.Context(), mail.Message{To: []string{"a@example.org"}})
	if problem.CodeOf(err) != "mail_unavailable" || strings.Contains(err.Error(), "hunter2") {
		t.Fatal(err)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	for answer, code := range map[string]string{"550 5.1.1 no such user": "mail_refused", "451 4.3.0 later": "mail_unavailable"} {
		srv := serve(t, func(s *server) { s.refuse = answer })
		if err := (mail.Text{Sender: srv.sender(nil)}).Send(t.Context(), "a@example.org", "s", "t"); problem.CodeOf(err) != code {
			t.Errorf("%s: %v", answer, err)
		}
	}
	srv := serve(t, nil)
	for _, to := range []string{"", "nobody", "a@example.org\r\nBcc: b@example.org"} {
		if err := (mail.Text{Sender: srv.sender(nil)}).Send(t.Context(), to, "s", "t"); problem.CodeOf(err) != "mail_address_invalid" {
			t.Errorf("%q: %v", to, err)
		}
	}
	if err := srv.sender(nil).Send(t.Context(), mail.Message{}); problem.CodeOf(err) != "mail_address_invalid" {
		t.Error(err)
	}
	gone := srv.sender(func(s *mail.Options) { s.Port = 1 })
	if err := gone.Send(t.Context(), mail.Message{To: []string{"a@example.org"}}); problem.CodeOf(err) != "mail_unavailable" {
		t.Error(err)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, s := range []mail.Options{{Host: "h", From: "nobody"}, {Host: "h", From: "a@example.org", TLS: "perhaps"}, {Host: "h", From: "a@example.org", Port: 70000}} {
		if _, err := mail.New(s); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := serve(t, nil).sender(nil).Send(ctx, mail.Message{To: []string{"a@example.org"}}); err == nil {
		t.Error("sent although cancelled")
	}
}
