using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Storage;

/// <summary>Which database holds the state.</summary>
public enum StorageProvider
{
    /// <summary>A file in the home folder, for one server.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server, for any number of replicas.</summary>
    Postgres,
}

/// <summary>Where state and artifacts are kept: the section <c>Storage</c>.</summary>
public sealed class StorageOptions : IValidatableObject
{
    /// <summary>Which database. Default: sqlite.</summary>
    public StorageProvider Provider { get; set; } = StorageProvider.Sqlite;

    /// <summary>How PostgreSQL is reached: <c>Host=…;Database=…;Username=…;Password=…</c>. SQLite needs none. Default: none.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The home folder: <c>mlp.db</c>, <c>artifacts/</c> and what others keep there. No default: the host names it.</summary>
    [Required(ErrorMessage = "Storage:Home is missing: it names the folder that keeps the platform's state.")]
    public string Home { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Provider == StorageProvider.Postgres && string.IsNullOrWhiteSpace(ConnectionString))
            yield return new ValidationResult("Storage:ConnectionString is missing: with Storage:Provider=postgres it says how the database is reached.",
                [nameof(ConnectionString)]);
        if (!Enum.IsDefined(Provider))
            yield return new ValidationResult("Storage:Provider must be sqlite or postgres.", [nameof(Provider)]);
    }
}
