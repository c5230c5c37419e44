package tabular

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// cp1252 holds what the bytes 0x80 to 0x9F mean in Windows-1252; the bytes it leaves free become the replacement
// character.
var cp1252 = [32]rune{
	'€', utf8.RuneError, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', utf8.RuneError, 'Ž', utf8.RuneError,
	utf8.RuneError, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', utf8.RuneError, 'ž', 'Ÿ',
}

// decodeText turns a text file into UTF-8 without byte order mark and NUL. Text that is not valid UTF-8 is taken for
// Windows-1252, which is what spreadsheets write when nobody asks.
func decodeText(raw []byte) []byte {
	switch {
	case bytes.HasPrefix(raw, []byte{0xEF, 0xBB, 0xBF}):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		raw = decodeUTF16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		raw = decodeUTF16(raw[2:], binary.BigEndian)
	}
	if !utf8.Valid(raw) {
		out := make([]byte, 0, len(raw)+len(raw)/8)
		for _, b := range raw {
			switch {
			case b < 0x80:
				out = append(out, b)
			case b < 0xA0:
				out = utf8.AppendRune(out, cp1252[b-0x80])
			default:
				out = utf8.AppendRune(out, rune(b))
			}
		}
		raw = out
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		raw = bytes.ReplaceAll(raw, []byte{0}, nil)
	}
	return raw
}

func decodeUTF16(raw []byte, order binary.ByteOrder) []byte {
	out := make([]byte, 0, len(raw)/2+16)
	for i := 0; i+1 < len(raw); i += 2 {
		r := rune(order.Uint16(raw[i:]))
		if utf16.IsSurrogate(r) {
			if i+3 < len(raw) {
				r = utf16.DecodeRune(r, rune(order.Uint16(raw[i+2:])))
			} else {
				r = utf8.RuneError
			}
			if r != utf8.RuneError {
				i += 2
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
