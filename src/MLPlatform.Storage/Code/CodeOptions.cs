using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Storage.Code;

/// <summary>Where code of jobs may come from; section <c>Code</c>.</summary>
public sealed class CodeOptions
{
    /// <summary>The program that fetches repositories. Default: <c>git</c>, looked up on the PATH.</summary>
    [Required]
    public string Git { get; set; } = "git";

    /// <summary>Absolute folders of this machine whose repositories may be named by path. Default: none.</summary>
    public IList<string> GitRoots { get; set; } = [];

    /// <summary>Longest time that one call of git may take. Default: 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "02:00:00")]
    public TimeSpan GitTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a fetched repository is kept after a run asked for it last. Default: 30 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan KeepRepositories { get; set; } = TimeSpan.FromDays(30);

    /// <summary>A fetched repository that has grown beyond so many bytes is removed, and fetched afresh when it is asked for. Default: 2 GiB.</summary>
    [Range(1024, 1L << 40)]
    public long MaxRepositoryBytes { get; set; } = 2L << 30;

    /// <summary>The largest code, in bytes of all its files. Default: 256 MiB.</summary>
    [Range(1024, 1L << 36)]
    public long MaxBytes { get; set; } = 256 << 20;
}
