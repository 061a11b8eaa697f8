package config

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func environment(pairs ...string) Getenv {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) {
		v, ok := m[name]
		return v, ok
	}
}

func TestFolders(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of Unix are not absolute here")
	}
	const local, roaming = `C:\Users\u\Local`, `C:\Users\u\Roaming`
	tests := []struct {
		goos                 string
		env                  Getenv
		config, state, cache string
	}{
		{"linux", environment("HOME", "/home/u"), "/home/u/.config/shoal", "/home/u/.local/state/shoal", "/home/u/.cache/shoal"},
		{"linux", environment("XDG_CONFIG_HOME", "/c", "XDG_STATE_HOME", "/s", "XDG_CACHE_HOME", "/k"), "/c/shoal", "/s/shoal", "/k/shoal"},
		{"linux", environment("HOME", "/h", "XDG_CONFIG_HOME", "relative", "XDG_STATE_HOME", ""), "/h/.config/shoal", "/h/.local/state/shoal", "/h/.cache/shoal"},
		{"freebsd", environment("HOME", "/home/u"), "/home/u/.config/shoal", "/home/u/.local/state/shoal", "/home/u/.cache/shoal"},
		{"darwin", environment("HOME", "/Users/u"), "/Users/u/.config/shoal", "/Users/u/Library/Application Support/shoal", "/Users/u/Library/Caches/shoal"},
		{"darwin", environment("HOME", "/Users/u", "XDG_STATE_HOME", "/s"), "/Users/u/.config/shoal", "/s/shoal", "/Users/u/Library/Caches/shoal"},
		{"windows", environment("APPDATA", roaming, "LOCALAPPDATA", local), roaming + "/shoal", local + "/shoal/state", local + "/shoal/cache"},
		{"windows", environment("USERPROFILE", `C:\Users\u`), `C:\Users\u/.shoal`, `C:\Users\u/.shoal/state`, `C:\Users\u/.shoal/cache`},
	}
	for _, tt := range tests {
		for _, p := range []struct {
			place place
			want  string
		}{{configPlace, tt.config}, {statePlace, tt.state}, {cachePlace, tt.cache}} {
			if got, err := p.place.find(tt.goos, tt.env); err != nil || got != p.want {
				t.Errorf("%s: %s is %q, %v, want %q", tt.goos, p.place.xdg, got, err, p.want)
			}
		}
	}
}

func TestFoldersThatAreNotToBeFound(t *testing.T) {
	if _, err := statePlace.find("linux", environment("HOME", "relative")); err == nil || !strings.Contains(err.Error(), "XDG_STATE_HOME nor HOME") {
		t.Errorf("got %v", err)
	}
	if _, err := statePlace.find("windows", environment()); err == nil || !strings.Contains(err.Error(), "LOCALAPPDATA nor USERPROFILE") {
		t.Errorf("got %v", err)
	}
	for _, find := range []func(Getenv) (string, error){ConfigFile, StateDir, CacheDir} {
		if got, err := find(environment()); err == nil || !strings.HasPrefix(err.Error(), "find ") {
			t.Errorf("found %q, %v", got, err)
		}
	}
}

func TestFoldersOfThisSystem(t *testing.T) {
	root := t.TempDir()
	env := environment("XDG_CONFIG_HOME", root, "XDG_STATE_HOME", root, "XDG_CACHE_HOME", root)
	for want, find := range map[string]func(Getenv) (string, error){
		filepath.Join(root, "shoal", "config.toml"): ConfigFile, filepath.Join(root, "shoal"): StateDir,
	} {
		if got, err := find(env); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	if got, err := CacheDir(env); err != nil || got != filepath.Join(root, "shoal") {
		t.Errorf("got %q, %v", got, err)
	}
}
