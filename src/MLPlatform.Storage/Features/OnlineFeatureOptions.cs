using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Storage.Features;

/// <summary>What holds the values that serving reads.</summary>
public enum OnlineFeatureProvider
{
    /// <summary>A file of its own in the home folder, for one server.</summary>
    Sqlite,

    /// <summary>A PostgreSQL database.</summary>
    Postgres,

    /// <summary>A Redis server.</summary>
    Redis,
}

/// <summary>Where the newest values of features are kept for serving: the section <c>OnlineFeatures</c>.</summary>
public sealed class OnlineFeatureOptions : IValidatableObject
{
    /// <summary>What holds the values. Default: sqlite.</summary>
    public OnlineFeatureProvider Provider { get; set; } = OnlineFeatureProvider.Sqlite;

    /// <summary>
    /// How the server is reached: <c>Host=…;Database=…</c> for PostgreSQL, <c>host:port,password=…</c> for Redis. SQLite needs
    /// none. Default: none.
    /// </summary>
    public string? ConnectionString { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Enum.IsDefined(Provider))
            yield return new ValidationResult("OnlineFeatures:Provider must be sqlite, postgres or redis.", [nameof(Provider)]);
        else if (Provider != OnlineFeatureProvider.Sqlite && string.IsNullOrWhiteSpace(ConnectionString))
            yield return new ValidationResult($"OnlineFeatures:ConnectionString is missing: it says how {Provider} is reached.", [nameof(ConnectionString)]);
    }
}
