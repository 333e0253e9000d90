using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Server.Hosting;

/// <summary>Where the server listens and what it accepts.</summary>
public sealed class ServerOptions
{
    /// <summary>The one address it listens on; port 0 takes a free one. Default: <c>http://127.0.0.1:5080</c>.</summary>
    [Required, Url]
    public string Address { get; set; } = "http://127.0.0.1:5080";

    /// <summary>The largest request body, in bytes. Default: 16 MiB.</summary>
    [Range(1024, 1L << 31)]
    public long MaxRequestBytes { get; set; } = 16 << 20;

    /// <summary>Whether only this machine can reach <see cref="Address"/>.</summary>
    internal bool IsLoopback => Uri.TryCreate(Address, UriKind.Absolute, out Uri? uri) && uri.IsLoopback;
}
