using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLPlatform.Core.Features;

/// <summary>How often each value occurs: how many there are, or which are the most frequent.</summary>
internal sealed class FrequencyWindow(int? top) : FeatureWindow
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Dictionary<FeatureValue, long> _counts = [];

    public override FeatureValue Value => top is { } k ? FeatureValue.Of(Top(k)) : FeatureValue.Of(_counts.Count);

    public override void Add(FeatureEvent happened, long sequence, in FeatureValue input) =>
        _counts[input] = _counts.GetValueOrDefault(input) + 1;

    public override void Remove(FeatureEvent happened, long sequence, in FeatureValue input)
    {
        if (--_counts[input] == 0)
            _counts.Remove(input);
    }

    public override void Clear() => _counts.Clear();

    private string Top(int k)
    {
        List<KeyValuePair<FeatureValue, long>> all = [.. _counts];
        all.Sort((a, b) => a.Value != b.Value ? b.Value.CompareTo(a.Value) : FeatureValue.Order(a.Key, b.Key));
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, Plain))
        {
            json.WriteStartArray();
            foreach ((FeatureValue value, _) in all.Take(k))
                value.WriteTo(json);
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }
}
