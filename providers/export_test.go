package providers

// PresetIDs returns the ids of the presets, as they are listed.
func PresetIDs() []string {
	var ids []string
	for _, p := range presets() {
		ids = append(ids, p.id)
	}
	return ids
}
