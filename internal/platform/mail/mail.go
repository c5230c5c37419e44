// Package mail sends messages over SMTP where a server is configured. Where none is, callers see that from
// [Sender.Configured] or from the problem mail_not_configured, and show the link to copy instead.
package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"millrace/internal/platform/outbound"
	"millrace/internal/platform/problem"
)

// Message is one mail to one or more recipients, who see each other.
type Message struct {
	To      []string
	Subject string
	// Text is the message for every reader; HTML, where there is one, is the same message for those that show it.
	Text string
	HTML string
	// ReplyTo is an address; empty means none.
	ReplyTo string
	// ID names the message where it may be handed over again after a failure, so that the second copy is known as one; it is
	// made of letters, digits, dots and hyphens. Empty means a fresh one.
	ID string
	// Thread is the same for messages that readers show together; made as ID is. Empty means none.
	Thread string
	// Unsubscribe is an address that a POST to ends such messages with (RFC 8058); empty means none.
	Unsubscribe string
	// Attachments are files that come with the message.
	Attachments []Attachment
}

// Attachment is a file that comes with a message.
type Attachment struct {
	// Name is what the file is called; Type its media type.
	Name, Type string
	Content    []byte
}

// Sender sends messages. It is safe for concurrent use.
type Sender interface {
	// Send hands the message over to the mail server. The problems are mail_not_configured, mail_address_invalid (do not
	// try again), mail_refused (do not try again) and mail_unavailable (try again later).
	Send(ctx context.Context, m Message) error
	// Configured reports whether mail can be sent at all.
	Configured() bool
}

// Options say how mail leaves.
type Options struct {
	// Host is the SMTP server; empty means that no mail is sent.
	Host     string
	Port     int
	Username string
	Password string
	// From is the sender's address, "Millrace <millrace@example.org>".
	From string
	// TLS is "starttls" (required, also the default), "opportunistic", "tls" or "none".
	TLS string
	// TLSConfig is for tests and private certificate authorities.
	TLSConfig *tls.Config
	// Timeout bounds one delivery; 0 means 30 seconds.
	Timeout time.Duration
}

// New returns a sender for the server, or one that says that none is configured.
func New(s Options) (Sender, error) {
	if s.Host == "" {
		return none{}, nil
	}
	sender, err := netmail.ParseAddress(s.From)
	if err != nil {
		return nil, errors.New("mail: the sender's address cannot be read")
	}
	if s.Timeout <= 0 {
		s.Timeout = 30 * time.Second
	}
	opts := []gomail.Option{gomail.WithTimeout(s.Timeout), gomail.WithoutNoop()}
	switch s.TLS {
	case "", "starttls":
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "opportunistic":
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case "tls":
		opts = append(opts, gomail.WithSSL())
	case "none":
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("mail: %q is no way to protect the connection", s.TLS)
	}
	if s.Port > 0 { // after the protection, which has a port of its own
		opts = append(opts, gomail.WithPort(s.Port))
	}
	if s.TLSConfig != nil {
		opts = append(opts, gomail.WithTLSConfig(s.TLSConfig))
	}
	if s.Username != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.Username), gomail.WithPassword(s.Password))
	}
	if _, err := gomail.NewClient(s.Host, opts...); err != nil {
		return nil, fmt.Errorf("mail: %w", outbound.RedactError(err, s.Password))
	}
	_, domain, _ := strings.Cut(sender.Address, "@")
	return &smtp{server: s, opts: opts, domain: domain}, nil
}

// none is the sender of an installation without a mail server.
type none struct{}

func (none) Configured() bool { return false }

func (none) Send(context.Context, Message) error {
	return problem.New(problem.Unavailable, "mail_not_configured", "No mail server is configured. Hand the message over yourself, or set mail.host.")
}

// smtp connects anew for each message: mail is rare, and an idle connection to a mail server does not live long.
type smtp struct {
	server Options
	opts   []gomail.Option
	// domain is the sender's; the names of messages end in it.
	domain string
}

func (*smtp) Configured() bool { return true }

func (s *smtp) Send(ctx context.Context, m Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.server.Host, s.opts...)
	if err != nil {
		return fmt.Errorf("mail: %w", outbound.RedactError(err, s.server.Password))
	}
	ctx, cancel := context.WithTimeout(ctx, s.server.Timeout)
	defer cancel()
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return s.explain(err)
	}
	return nil
}

func (s *smtp) compose(m Message) (*gomail.Msg, error) {
	invalid := func(what string) error {
		return problem.New(problem.Invalid, "mail_address_invalid", what)
	}
	if len(m.To) == 0 {
		return nil, invalid("The message has no recipient.")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(s.server.From); err != nil {
		return nil, invalid("The sender's address cannot be read.")
	}
	if err := msg.To(m.To...); err != nil {
		return nil, invalid("An address of the recipients cannot be read.")
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, invalid("The address for replies cannot be read.")
		}
	}
	// A name typed by a person may hold line breaks; in a header they would begin another one.
	msg.Subject(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, m.Subject))
	msg.SetDate()
	msg.SetMessageID()
	if m.ID != "" {
		msg.SetMessageIDWithValue(m.ID + "@" + s.domain)
	}
	if m.Thread != "" {
		msg.SetGenHeaderPreformatted("References", "<"+m.Thread+"@"+s.domain+">")
	}
	if m.Unsubscribe != "" {
		msg.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		msg.SetGenHeaderPreformatted(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		if err := msg.AttachReader(a.Name, bytes.NewReader(a.Content), gomail.WithFileContentType(gomail.ContentType(a.Type))); err != nil {
			return nil, fmt.Errorf("mail: attaching %s: %w", a.Name, err)
		}
	}
	return msg, nil
}

func (s *smtp) explain(err error) error {
	clean := outbound.RedactError(err, s.server.Password)
	var refused *gomail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return problem.New(problem.Invalid, "mail_refused", "The mail server did not take the message: a recipient does not exist, or the sender may not send.").Because(clean)
	}
	return problem.New(problem.Unavailable, "mail_unavailable", "The mail server cannot be reached or does not accept the sign-in. The message is tried again later.").Because(clean)
}

// Text is a sender for callers that send plain text to one recipient.
type Text struct{ Sender }

// Send hands over one plain-text message.
func (t Text) Send(ctx context.Context, to, subject, text string) error {
	return t.Sender.Send(ctx, Message{To: []string{to}, Subject: subject, Text: text})
}
