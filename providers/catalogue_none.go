//go:build authnopresets

package providers

func known() []preset { return nil }
