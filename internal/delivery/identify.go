package delivery

import (
	"crypto/sha256"
	"encoding/binary"

	"millrace/internal/platform/ref"
)

// FactID returns the id of the record of a kind that a connection knows under an external id. It is a hash, so a record
// may be named before it arrives and whoever knows its external id knows its id. The empty connection stands for records
// sent through the API. The empty external id has no fact: the id is 0.
func FactID(connection ref.Connection, kind RecordKind, externalID string) ref.Fact {
	if externalID == "" {
		return 0
	}
	return hashFact(string(connection), string(kind), externalID)
}

// RepositoryID returns the id of a repository from any of its addresses: the same for every connection and sender that
// names it. An address that cannot be read has no id: it is 0.
func RepositoryID(url string) ref.Fact {
	key := ref.RepositoryKey(url)
	if key == "" {
		return 0
	}
	return repositoryKeyID(key)
}

func repositoryKeyID(key string) ref.Fact { return hashFact("key", string(KindRepository), key) }

// CommitID returns the id of a commit of a repository.
func CommitID(repository ref.Fact, sha string) ref.Fact {
	if repository == 0 || sha == "" {
		return 0
	}
	var b [8 + 64]byte
	binary.BigEndian.PutUint64(b[:], uint64(repository))
	n := copy(b[8:], sha)
	sum := sha256.Sum256(b[:8+n])
	return positive(sum)
}

func hashFact(connection, kind, externalID string) ref.Fact {
	b := make([]byte, 0, 128)
	b = append(b, connection...)
	b = append(b, 0)
	b = append(b, kind...)
	b = append(b, 0)
	b = append(b, externalID...)
	return positive(sha256.Sum256(b))
}

func positive(sum [32]byte) ref.Fact {
	id := ref.Fact(binary.BigEndian.Uint64(sum[:8]) >> 1)
	if id == 0 {
		return 1
	}
	return id
}
