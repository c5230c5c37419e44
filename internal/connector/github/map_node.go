package github

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
)

// repositoryOfNode returns the repository's number that a GraphQL node id carries, or 0. New ids are a prefix, "_" and
// a base64 list of numbers in which the repository precedes the thing itself; old ids of a repository are base64 of
// "010:Repository<number>".
func repositoryOfNode(id string) int64 {
	if prefix, packed, ok := strings.Cut(id, "_"); ok && len(prefix) <= 8 {
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(packed, "="))
		if err != nil || len(raw) < 3 {
			return 0
		}
		numbers := unpack(raw)
		if len(numbers) == 3 || (len(numbers) == 2 && prefix == "R") {
			return numbers[1]
		}
		return 0
	}
	raw, err := base64.StdEncoding.DecodeString(id)
	if err != nil {
		return 0
	}
	_, name, ok := strings.Cut(string(raw), ":")
	number, isRepository := strings.CutPrefix(name, "Repository")
	if !ok || !isRepository {
		return 0
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// unpack reads a MessagePack list of unsigned numbers; anything else gives nil.
func unpack(raw []byte) []int64 {
	if raw[0]&0xf0 != 0x90 {
		return nil
	}
	var numbers []int64
	for b := raw[1:]; len(b) > 0; {
		size := map[byte]int{0xcc: 1, 0xcd: 2, 0xce: 4, 0xcf: 8}[b[0]]
		switch {
		case b[0] < 0x80:
			numbers, b = append(numbers, int64(b[0])), b[1:]
		case size > 0 && len(b) > size:
			var wide [8]byte
			copy(wide[8-size:], b[1:1+size])
			n := binary.BigEndian.Uint64(wide[:])
			if n > 1<<53 {
				return nil
			}
			numbers, b = append(numbers, int64(n)), b[1+size:]
		default:
			return nil
		}
	}
	if len(numbers) != int(raw[0]&0x0f) {
		return nil
	}
	return numbers
}
