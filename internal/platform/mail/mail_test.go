package mail_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"

	"millrace/internal/platform/mail"
	"millrace/internal/platform/mail/mailtest"
	"millrace/internal/platform/problem"
)

func sender(t *testing.T, srv *mailtest.Server, tune func(*mail.Options)) mail.Sender {
	t.Helper()
	set := srv.Options()
	if tune != nil {
		tune(&set)
	}
	out, err := mail.New(set)
	if err != nil {
		t.Fatal(err)
	}
	return out
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
	srv := mailtest.Start(t)
	out := srv.Sender()
	if !out.Configured() {
		t.Fatal("not configured")
	}
	err := out.Send(t.Context(), mail.Message{
		To: []string{"Ada <ada@example.org>", "bob@example.org"}, Subject: "Grüße\r\nBcc: eve@example.org", ReplyTo: "team@example.org",
		Text: "Hello Ada,\n.\nhttps://millrace.example/invitation/abc\n", HTML: "<p>Hello Ada</p>",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := srv.Mails()[0]
	if strings.Join(got.To, " ") != "ada@example.org bob@example.org" {
		t.Fatal(got.To)
	}
	m, err := netmail.ReadMessage(strings.NewReader(got.Data))
	if err != nil {
		t.Fatal(err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if !strings.HasPrefix(subject, "Grüße") || m.Header.Get("Bcc") != "" || m.Header.Get("Auto-Submitted") != "auto-generated" ||
		!strings.Contains(m.Header.Get("From"), "millrace@example.org") || m.Header.Get("Reply-To") != "<team@example.org>" || m.Header.Get("Message-Id") == "" {
		t.Fatal(m.Header)
	}
	for _, part := range []string{"https://millrace.example/invitation/abc", "<p>Hello Ada</p>", "multipart/alternative"} {
		if !strings.Contains(got.Data, part) {
			t.Errorf("%q is missing in\n%s", part, got.Data)
		}
	}
}

func TestAttachmentsArriveWhole(t *testing.T) {
	srv := mailtest.Start(t)
	content := []byte("%PDF-1.3\r\n\x00\xff.\r\nend")
	err := srv.Sender().Send(t.Context(), mail.Message{To: []string{"ada@example.org"}, Subject: "Report", Text: "See the file.",
		Attachments: []mail.Attachment{{Name: "environments-2026-10.pdf", Type: "application/pdf", Content: content}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(strings.NewReader(srv.Mails()[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal("no attachment came", err)
		}
		if part.FileName() != "environments-2026-10.pdf" {
			continue
		}
		raw, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err != nil || !bytes.Equal(raw, content) || !strings.HasPrefix(part.Header.Get("Content-Type"), "application/pdf") {
			t.Fatalf("%q %v %v", raw, part.Header, err)
		}
		return
	}
}

func TestProtectionIsRequired(t *testing.T) {
	plain := mailtest.Start(t)
	msg := mail.Message{To: []string{"a@example.org"}, Subject: "s", Text: "t"}
	if err := sender(t, plain, func(s *mail.Options) { s.TLS = "starttls" }).Send(t.Context(), msg); problem.CodeOf(err) != "mail_unavailable" || len(plain.Mails()) != 0 {
		t.Fatal("the message left in the clear", err)
	}
	secure := mailtest.Start(t)
	secure.OfferTLS()
	secure.Require("bob", "hunter2hunter2")
	out := sender(t, secure, func(s *mail.Options) { s.TLS, s.Username, s.Password = "", "bob", "hunter2hunter2" })
	if err := out.Send(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	if got := secure.Mails(); len(got) != 1 || !got[0].Secure {
		t.Fatal("not protected")
	}
	if err := sender(t, secure, func(s *mail.Options) { s.TLS, s.TLSConfig = "starttls", nil }).Send(t.Context(), msg); problem.CodeOf(err) != "mail_unavailable" {
		t.Fatal("a certificate nobody vouches for was taken", err)
	}
}

func TestWrongPasswordShowsNoPassword(t *testing.T) {
	srv := mailtest.Start(t)
	srv.OfferTLS()
	srv.Require("bob", "right")
	out := sender(t, srv, func(s *mail.Options) { s.TLS, s.Username, s.Password = "starttls", "bob", "hunter2hunter2" })
	err := out.Send(t.Context(), mail.Message{To: []string{"a@example.org"}})
	if problem.CodeOf(err) != "mail_unavailable" || strings.Contains(err.Error(), "hunter2") {
		t.Fatal(err)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	for answer, code := range map[string]string{"550 5.1.1 no such user": "mail_refused", "451 4.3.0 later": "mail_unavailable"} {
		srv := mailtest.Start(t)
		srv.Refuse(answer)
		if err := (mail.Text{Sender: srv.Sender()}).Send(t.Context(), "a@example.org", "s", "t"); problem.CodeOf(err) != code {
			t.Errorf("%s: %v", answer, err)
		}
	}
	srv := mailtest.Start(t)
	for _, to := range []string{"", "nobody", "a@example.org\r\nBcc: b@example.org"} {
		if err := (mail.Text{Sender: srv.Sender()}).Send(t.Context(), to, "s", "t"); problem.CodeOf(err) != "mail_address_invalid" {
			t.Errorf("%q: %v", to, err)
		}
	}
	if err := srv.Sender().Send(t.Context(), mail.Message{}); problem.CodeOf(err) != "mail_address_invalid" {
		t.Error(err)
	}
	gone := sender(t, srv, func(s *mail.Options) { s.Port = 1 })
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
	if err := mailtest.Start(t).Sender().Send(ctx, mail.Message{To: []string{"a@example.org"}}); err == nil {
		t.Error("sent although cancelled")
	}
}

func TestAMessageKeepsItsName(t *testing.T) {
	srv := mailtest.Start(t)
	m := mail.Message{To: []string{"a@example.org"}, Subject: "Grüße aus Köln", Text: "Line one\nLine two äöü", HTML: "<p>x</p>",
		ID: "delivery-1", Thread: "booking.1", Unsubscribe: "https://millrace.example/api/v1/unsubscribe?token=" + strings.Repeat("x", 300)}
	for range 2 {
		if err := srv.Sender().Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for _, got := range srv.Mails() {
		if got.Header("Message-ID") != "<delivery-1@example.org>" || got.Header("References") != "<booking.1@example.org>" {
			t.Fatal(got.Data)
		}
		if got.Header("List-Unsubscribe") != "<"+m.Unsubscribe+">" || got.Header("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Fatal(got.Data)
		}
		if got.Text() != m.Text || got.HTML() != m.HTML || got.Header("Subject") != m.Subject {
			t.Fatalf("%q %q %q", got.Text(), got.HTML(), got.Header("Subject"))
		}
	}
}
