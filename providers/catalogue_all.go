//go:build !authnopresets

package providers

// known returns what [FromEnv] can make. With the build tag authnopresets that is nothing,
// so that the linker leaves out the presets that a program does not name.
func known() []preset { return append(presets(), aliases()...) }
