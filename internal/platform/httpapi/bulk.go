package httpapi

import (
	"context"
	"net/http"
)

// BulkIn is the input of a bulk route.
type BulkIn[T any] struct {
	Body []T `minItems:"1" maxItems:"10000"`
}

// BulkOut is the answer of a bulk route.
type BulkOut[T any] struct {
	Body Bulk[T]
}

// RunBulk applies fn to every element; one that fails does not stop the others.
func RunBulk[I, T any](ctx context.Context, a *API, in []I, fn func(context.Context, I) (T, error)) *BulkOut[T] {
	out := &BulkOut[T]{Body: Bulk[T]{Items: make([]BulkItem[T], 0, len(in))}}
	for i, element := range in {
		item, err := fn(ctx, element)
		if err != nil {
			p := a.problem(ctx, err)
			out.Body.Failed++
			out.Body.Items = append(out.Body.Items, BulkItem[T]{Index: i, Status: p.Status, Problem: p})
			continue
		}
		out.Body.Succeeded++
		out.Body.Items = append(out.Body.Items, BulkItem[T]{Index: i, Status: http.StatusCreated, Item: &item})
	}
	return out
}
