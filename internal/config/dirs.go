package config

import (
	"fmt"
	"path/filepath"
	"runtime"
)

// Getenv looks up a variable of the environment and says whether it is set, as os.LookupEnv does.
type Getenv func(name string) (string, bool)

// program is the name of our folder below those of the user.
const program = "shoal"

// place is one of the folders that programs of a user have, and where it lies on each system when no
// variable of the XDG Base Directory specification says otherwise.
type place struct {
	xdg     string // variable that names it
	unix    string // below $HOME
	darwin  string // below $HOME
	windows string // variable that names it
	inside  string // folder below ours, where several places share one parent
}

var (
	configPlace = place{xdg: "XDG_CONFIG_HOME", unix: ".config", darwin: ".config", windows: "APPDATA"}
	statePlace  = place{xdg: "XDG_STATE_HOME", unix: ".local/state", darwin: "Library/Application Support", windows: "LOCALAPPDATA", inside: "state"}
	cachePlace  = place{xdg: "XDG_CACHE_HOME", unix: ".cache", darwin: "Library/Caches", windows: "LOCALAPPDATA", inside: "cache"}
)

// ConfigFile is the path of the configuration file: $XDG_CONFIG_HOME/shoal/config.toml, or the same
// below ~/.config; on Windows below %APPDATA%. The file need not exist.
func ConfigFile(env Getenv) (string, error) {
	dir, err := configPlace.find(runtime.GOOS, env)
	if err != nil {
		return "", fmt.Errorf("find config folder: %w", err)
	}
	return filepath.Join(dir, "config.toml"), nil
}

// StateDir is where totals and unfinished transfers are kept: $XDG_STATE_HOME/shoal, or
// ~/.local/state/shoal, ~/Library/Application Support/shoal, %LOCALAPPDATA%\shoal\state.
func StateDir(env Getenv) (string, error) {
	dir, err := statePlace.find(runtime.GOOS, env)
	if err != nil {
		return "", fmt.Errorf("find state folder: %w", err)
	}
	return dir, nil
}

// CacheDir is where things are kept that may be lost at any time, such as the DHT's table:
// $XDG_CACHE_HOME/shoal, or ~/.cache/shoal, ~/Library/Caches/shoal, %LOCALAPPDATA%\shoal\cache.
func CacheDir(env Getenv) (string, error) {
	dir, err := cachePlace.find(runtime.GOOS, env)
	if err != nil {
		return "", fmt.Errorf("find cache folder: %w", err)
	}
	return dir, nil
}

// find returns our folder in the place. The specification wants relative paths in the XDG variables
// to be ignored.
func (p place) find(goos string, env Getenv) (string, error) {
	if dir, _ := env(p.xdg); filepath.IsAbs(dir) {
		return filepath.Join(dir, program), nil
	}
	if goos == "windows" {
		return p.onWindows(env)
	}
	home, _ := env("HOME")
	if !filepath.IsAbs(home) {
		return "", fmt.Errorf("neither %s nor HOME is set to an absolute path", p.xdg)
	}
	if goos == "darwin" {
		return filepath.Join(home, p.darwin, program), nil
	}
	return filepath.Join(home, p.unix, program), nil
}

func (p place) onWindows(env Getenv) (string, error) {
	if dir, _ := env(p.windows); dir != "" {
		return filepath.Join(dir, program, p.inside), nil
	}
	profile, _ := env("USERPROFILE")
	if profile == "" {
		return "", fmt.Errorf("neither %s nor USERPROFILE is set", p.windows)
	}
	return filepath.Join(profile, "."+program, p.inside), nil
}
