using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features;

/// <summary>
/// A fitted feature set: all that is needed to turn a raw row into sparse features, in training and in serving alike.
/// Stored as <c>features.json</c>.
/// </summary>
public sealed record FeatureSpec
{
    public const string FileName = "features.json";
    public const string CurrentFormat = "vlps-features";
    public const int CurrentVersion = 1;

    public string Format { get; init; } = CurrentFormat;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Rows it was fitted on.</summary>
    public required long Rows { get; init; }

    /// <summary>The columns that a row must have, as they were when fitted.</summary>
    public required IReadOnlyList<FittedColumn> Columns { get; init; }

    public required IReadOnlyList<FittedFeature> Features { get; init; }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        AllowOutOfOrderMetadataProperties = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public void Save(string file)
    {
        using FileStream stream = File.Create(file);
        JsonSerializer.Serialize(stream, this, Json);
    }

    public static FeatureSpec Load(string file)
    {
        FeatureSpec? spec;
        try
        {
            using FileStream stream = File.OpenRead(file);
            spec = JsonSerializer.Deserialize<FeatureSpec>(stream, Json);
        }
        catch (JsonException e)
        {
            throw new VlpsException(VlpsProblem.BadFile, $"this is no fitted feature specification: {JsonMistake.Words(e)}", e);
        }
        catch (NotSupportedException e)
        {
            throw new VlpsException(VlpsProblem.BadFile, "this is no fitted feature specification: a feature does not say of which kind it is", e);
        }
        if (spec is not { Format: CurrentFormat })
            throw new VlpsException(VlpsProblem.BadFile, $"this is no fitted feature specification: its format is '{spec?.Format}'");
        if (spec.Version != CurrentVersion)
            throw new VlpsException(VlpsProblem.BadFile,
                $"the feature specification has version {spec.Version}; this program reads version {CurrentVersion}");
        return spec;
    }
}

/// <param name="Name">The column's name.</param>
/// <param name="Kind">Its kind in the training table.</param>
/// <param name="Missing">How many of the fitted rows lacked it.</param>
public sealed record FittedColumn(string Name, ColumnKind Kind, long Missing);
