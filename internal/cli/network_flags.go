package cli

import (
	"net"
	"net/http"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/network/mse"
	"github.com/shoal-project/shoal/internal/session"
)

// socketFlags are the flags of every verb that opens sockets of its own.
type socketFlags struct {
	port         portFlag
	bind         string
	proxy        proxyFlag
	ipv4, ipv6   bool
	dhtBootstrap []string
}

func (o *socketFlags) addFlags(fs *pflag.FlagSet) {
	o.port = portFlag{First: 6881, Last: 6889}
	fs.VarP(&o.port, "port", "p", "listen on the first free port of `N[-M]`; 0 is any")
	fs.StringVar(&o.bind, "bind", "", "use only this `ADDR|INTERFACE`")
	fs.BoolVarP(&o.ipv4, "ipv4", "4", false, "use IPv4 only")
	fs.BoolVarP(&o.ipv6, "ipv6", "6", false, "use IPv6 only")
}

// addProxy adds the flag of verbs that a proxy can serve.
func (o *socketFlags) addProxy(fs *pflag.FlagSet) {
	fs.Var(&o.proxy, "proxy", "connect through the proxy at `URL` alone: socks5://[USER:PASSWORD@]HOST[:PORT] or http://")
}

func (o *socketFlags) addBootstrap(fs *pflag.FlagSet) {
	fs.StringArrayVar(&o.dhtBootstrap, "dht-bootstrap", nil, "enter the DHT at `HOST:PORT`; repeatable")
}

// check finds what the flags' own types cannot.
func (o *socketFlags) check() error {
	if o.ipv4 && o.ipv6 {
		return usagef("--ipv4 and --ipv6 exclude each other: leave both out for both")
	}
	return checkHostPorts("dht-bootstrap", o.dhtBootstrap)
}

// config is what the flags mean to a session. A user without a home has no state and no cache.
func (o *socketFlags) config(env Env) session.Config {
	c := session.Config{
		Ports: network.PortRange(o.port), Bind: o.bind, Proxy: o.proxy.Proxy, IPv4: o.ipv4, IPv6: o.ipv6,
		DHTBootstrap: o.dhtBootstrap, ClientVersion: Version,
	}
	if dir, err := config.StateDir(env.LookupEnv); err == nil {
		c.StateDir = dir
	}
	if dir, err := config.CacheDir(env.LookupEnv); err == nil {
		c.CacheDir = dir
	}
	return c
}

// fetcher gets torrents from the web under the same restrictions as everything else.
func (o *socketFlags) fetcher() fetcher {
	return fetcher{agent: "shoal/" + Version, client: func() (*http.Client, error) {
		n, err := network.New(network.Options{Bind: o.bind, Proxy: o.proxy.Proxy, IPv4: o.ipv4, IPv6: o.ipv6})
		if err != nil {
			return nil, &networkError{err}
		}
		return n.HTTPClient(network.Policy{Trusted: true}), nil
	}}
}

// networkFlags are the flags of every verb that talks to peers.
type networkFlags struct {
	socketFlags
	down, up   config.Rate
	blocklist  string
	maxPeers   int
	noDHT      bool
	noPEX      bool
	noLSD      bool
	noTrackers bool
	noPortMap  bool
	noUTP      bool
	encryption encryptionFlag
}

func (o *networkFlags) addFlags(fs *pflag.FlagSet) {
	o.socketFlags.addFlags(fs)
	o.addProxy(fs)
	fs.StringVar(&o.blocklist, "blocklist", "", "have no peers with the addresses in `FILE|URL` (P2P format or prefixes, gzip too)")
	o.encryption = encryptionFlag(mse.Allowed)
	fs.Var(&o.encryption, "encryption", "encrypt connections to peers: `required|preferred|allowed|off`")
	fs.BoolVar(&o.noUTP, "no-utp", false, "do not use uTP")
	fs.BoolVar(&o.noPortMap, "no-port-map", false, "do not ask the router to open the port")
	fs.Var(&o.down, "down", "receive at most at this `RATE` (bytes a second: 10MiB, 500k)")
	fs.Var(&o.up, "up", "send at most at this `RATE`")
}

// addPeerFlags adds those that say where peers come from.
func (o *networkFlags) addPeerFlags(fs *pflag.FlagSet) {
	fs.IntVar(&o.maxPeers, "max-peers", 200, "connect to at most `N` peers for a torrent")
	o.addBootstrap(fs)
	fs.BoolVar(&o.noDHT, "no-dht", false, "do not look for peers in the DHT")
	fs.BoolVar(&o.noPEX, "no-pex", false, "do not exchange peers with peers")
	fs.BoolVar(&o.noLSD, "no-lsd", false, "do not look for peers on the local network")
	fs.BoolVar(&o.noTrackers, "no-trackers", false, "do not ask trackers")
}

// check finds what the flags' own types cannot.
func (o *networkFlags) check() error {
	if o.maxPeers < 1 {
		return usagef("--max-peers %d: at least one is needed", o.maxPeers)
	}
	return o.socketFlags.check()
}

// config is what the flags mean to a session.
func (o *networkFlags) config(env Env) session.Config {
	c := o.socketFlags.config(env)
	c.Down, c.Up, c.MaxPeers = int64(o.down), int64(o.up), o.maxPeers
	c.NoUTP, c.Encryption = o.noUTP, mse.Policy(o.encryption)
	c.NoDHT, c.NoPEX, c.NoLSD, c.NoTrackers, c.NoPortMap = o.noDHT, o.noPEX, o.noLSD, o.noTrackers, o.noPortMap
	return c
}

// checkHostPorts refuses values of a flag that are no HOST:PORT.
func checkHostPorts(flag string, values []string) error {
	for _, v := range values {
		host, port, err := net.SplitHostPort(v)
		if n, perr := strconv.ParseUint(port, 10, 16); err != nil || perr != nil || host == "" || n == 0 {
			return usagef("--%s %s: want HOST:PORT", flag, v)
		}
	}
	return nil
}

// portFlag is a range of ports as a flag.
type portFlag network.PortRange

func (p *portFlag) Set(s string) error {
	r, err := network.ParsePortRange(s)
	if err == nil {
		*p = portFlag(r)
	}
	return err
}

func (p *portFlag) String() string { return network.PortRange(*p).String() }
func (p *portFlag) Type() string   { return "ports" }

// proxyFlag is a proxy as a flag; "" is none.
type proxyFlag struct {
	*network.Proxy
	secret string // as it was given, with user and password
}

func (p *proxyFlag) Set(s string) (err error) {
	p.Proxy, p.secret = nil, s
	if s != "" {
		p.Proxy, err = network.ParseProxy(s)
	}
	return err
}

// remembered is what a later run needs to set the same.
func (p *proxyFlag) remembered() string { return p.secret }

func (p *proxyFlag) String() string {
	if p.Proxy == nil {
		return ""
	}
	return p.Proxy.String()
}

func (p *proxyFlag) Type() string { return "URL" }

// encryptionFlag is the policy of encryption as a flag.
type encryptionFlag mse.Policy

func (f *encryptionFlag) String() string { return mse.Policy(*f).String() }
func (f *encryptionFlag) Type() string   { return "policy" }

func (f *encryptionFlag) Set(s string) error {
	p, err := mse.ParsePolicy(s)
	*f = encryptionFlag(p)
	return err
}
