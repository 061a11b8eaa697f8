// Package config owns where a setting comes from: defaults, then the file config.toml, then the
// environment, then the flags that were typed, each going before the one it follows. It owns the
// format of that file, the names of the variables, the folders of configuration, state and cache, and
// how sizes, rates and durations are written.
//
// It must not know which settings there are or what they do: commands describe their flags to it and
// it fills them in. It reads no environment of its own accord: callers hand it the function that does.
package config
