using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Bees;

namespace MLPlatform.Storage.Bees;

/// <summary>A file of a source's log: frames of batches, one after another.</summary>
/// <param name="Number">From 1; later segments hold what arrived later.</param>
public sealed record Segment(long Number, long Bytes, long Batches, long Records, DateTimeOffset FirstArrival, DateTimeOffset LastArrival)
{
    /// <summary>What segment files are called: <c>0000000001.bees</c>.</summary>
    public const string Extension = ".bees";

    [JsonIgnore]
    public string FileName => NameOf(Number);

    internal static Segment Empty(long number) => new(number, 0, 0, 0, default, default);

    internal static string NameOf(long number) => number.ToString("D10", CultureInfo.InvariantCulture) + Extension;

    internal Segment With(Batch batch, int bytes)
    {
        DateTimeOffset at = batch.Header.ArrivedAt ?? batch.Header.ReadAt;
        return new Segment(Number, Bytes + bytes, Batches + 1, Records + batch.Count, Batches == 0 ? at : FirstArrival, at);
    }
}

/// <summary>What a log knew when its last segment was closed, so that a start reads only what came later.</summary>
/// <param name="Through">The last segment it covers.</param>
internal sealed record IndexSnapshot(long Through, IReadOnlyList<Segment> Segments, IReadOnlyList<ChannelState> Channels);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IndexSnapshot))]
internal sealed partial class LandingJson : JsonSerializerContext;
