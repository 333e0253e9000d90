using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Sweeps;

/// <summary>The values that a sweep may give one parameter. Samplers see it as the numbers from 0 to 1.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(FloatDimension), "float")]
[JsonDerivedType(typeof(IntDimension), "int")]
[JsonDerivedType(typeof(ChoiceDimension), "choice")]
public abstract record Dimension
{
    /// <summary>When the parameter is given at all; null: always.</summary>
    [Description("Give this parameter only where another one has one of these values. Default: always.")]
    public Condition? When { get; init; }

    /// <summary>The value that a number from 0 (included) to 1 (excluded) stands for.</summary>
    public abstract JsonElement At(double unit);

    /// <summary>The middle of the numbers that stand for a value, or null where the value is not one of these.</summary>
    public abstract double? Of(JsonElement value);

    /// <summary>The values of a grid.</summary>
    public abstract IReadOnlyList<JsonElement> Grid();

    /// <summary>How many values there are; null where they are without end.</summary>
    public abstract int? Count();

    /// <summary>What is wrong with it, or null.</summary>
    public abstract string? Problem();

    private protected static JsonElement Number(double value) => JsonElement.Parse(value.ToString("R", CultureInfo.InvariantCulture));

    private protected static double Unit(double value, double min, double max, Scale scale) => scale == Scale.Log
        ? Math.Log(value / min) / Math.Log(max / min)
        : (value - min) / (max - min);

    private protected static double Value(double unit, double min, double max, Scale scale) => scale == Scale.Log
        ? min * Math.Pow(max / min, unit)
        : min + (unit * (max - min));
}

/// <summary>Another parameter of the space and the values of it that ask for this one.</summary>
public sealed record Condition
{
    [Description("Another parameter of the space, which itself is always given.")]
    public required string Parameter { get; init; }

    [MinLength(1), Description("Its values that ask for this one.")]
    public required IReadOnlyList<JsonElement> In { get; init; }

    public bool Holds(IReadOnlyDictionary<string, JsonElement> values) =>
        values.TryGetValue(Parameter, out JsonElement value) && In.Any(wanted => JsonElement.DeepEquals(wanted, value));
}

/// <summary>How values lie between their bounds.</summary>
public enum Scale
{
    /// <summary>Evenly.</summary>
    Linear,

    /// <summary>Evenly in their logarithms: as many from 0.001 to 0.01 as from 0.01 to 0.1.</summary>
    Log,
}

/// <summary>A number.</summary>
public sealed record FloatDimension : Dimension
{
    [Description("The least value.")]
    public required double Min { get; init; }

    [Description("The greatest value.")]
    public required double Max { get; init; }

    [Description("linear, or log for values that differ by factors. Default: linear.")]
    public Scale Scale { get; init; }

    [Range(2, 1000), Description("How many values a grid takes, the bounds included. Default: 5.")]
    public int Points { get; init; } = 5;

    public override JsonElement At(double unit) => Number(Math.Clamp(Value(unit, Min, Max, Scale), Min, Max));

    public override double? Of(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && number >= Min && number <= Max ? Math.Clamp(Unit(number, Min, Max, Scale), 0, 1) : null;

    public override IReadOnlyList<JsonElement> Grid() => [.. Enumerable.Range(0, Points).Select(i => At((double)i / (Points - 1)))];

    public override int? Count() => null;

    public override string? Problem() =>
        !double.IsFinite(Min) || !double.IsFinite(Max) || Min >= Max ? "needs a min that is less than its max"
        : Scale == Scale.Log && Min <= 0 ? "has a log scale, so its min must be above 0" : null;
}

/// <summary>A whole number.</summary>
public sealed record IntDimension : Dimension
{
    [Description("The least value.")]
    public required long Min { get; init; }

    [Description("The greatest value.")]
    public required long Max { get; init; }

    [Description("linear, or log for values that differ by factors. Default: linear.")]
    public Scale Scale { get; init; }

    [Range(1, 1_000_000), Description("Only every so manieth value, from min on. Default: 1.")]
    public long Step { get; init; } = 1;

    [Range(2, 1000), Description("How many values a grid takes, the bounds included. Default: all, up to 1000.")]
    public int? Points { get; init; }

    private const int GridLimit = 1000;

    public override JsonElement At(double unit)
    {
        // Each value has as much room as the others; on a log scale, as much as its logarithm asks for.
        long place = Scale == Scale.Log
            ? (long)Math.Round((Value(unit, Min - (Step / 2.0), Last() + (Step / 2.0), Scale) - Min) / Step)
            : (long)(unit * (Places() + 1));
        return JsonElement.Parse((Min + (Math.Clamp(place, 0, Places()) * Step)).ToString(CultureInfo.InvariantCulture));
    }

    public override double? Of(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long whole) || whole < Min || whole > Max)
            return null;
        return Scale == Scale.Log
            ? Math.Clamp(Unit(whole, Min - (Step / 2.0), Last() + (Step / 2.0), Scale), 0, 1)
            : (((whole - Min) / Step) + 0.5) / (Places() + 1);
    }

    public override IReadOnlyList<JsonElement> Grid()
    {
        long count = Math.Min(Points ?? GridLimit, Places() + 1);
        return [.. Enumerable.Range(0, (int)count).Select(i => count == 1 ? At(0) : Spread((double)i / (count - 1))).Distinct(SameJson.Instance)];
    }

    public override int? Count() => Places() < int.MaxValue ? (int)Places() + 1 : null;

    public override string? Problem() =>
        Min > Max ? "needs a min that is not above its max"
        : Max - (decimal)Min > 1_000_000_000m ? "has bounds further apart than 1,000,000,000"
        : Scale == Scale.Log && Min <= Step / 2.0 ? "has a log scale, so its min must be above half its step"
        : null;

    private JsonElement Spread(double along) =>
        JsonElement.Parse((Min + ((long)Math.Round((Value(along, Min, Last(), Scale) - Min) / Step) * Step)).ToString(CultureInfo.InvariantCulture));

    private long Places() => (Max - Min) / Step;

    private long Last() => Min + (Places() * Step);
}

/// <summary>One of some values, in no order.</summary>
public sealed record ChoiceDimension : Dimension
{
    [MinLength(1), MaxLength(1000), Description("The values.")]
    public required IReadOnlyList<JsonElement> Values { get; init; }

    public override JsonElement At(double unit) => Values[Math.Clamp((int)(unit * Values.Count), 0, Values.Count - 1)];

    public override double? Of(JsonElement value)
    {
        for (int i = 0; i < Values.Count; i++)
            if (JsonElement.DeepEquals(Values[i], value))
                return (i + 0.5) / Values.Count;
        return null;
    }

    public override IReadOnlyList<JsonElement> Grid() => Values;

    public override int? Count() => Values.Count;

    public override string? Problem() => Values.Distinct(SameJson.Instance).Count() < Values.Count ? "names a value twice" : null;
}

/// <summary>JSON values that are equal whatever their spelling.</summary>
internal sealed class SameJson : IEqualityComparer<JsonElement>
{
    public static SameJson Instance { get; } = new();

    public bool Equals(JsonElement x, JsonElement y) => JsonElement.DeepEquals(x, y);

    public int GetHashCode(JsonElement obj) => (int)obj.ValueKind;
}
