using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace MLPlatform.Core.Pipelines.Shapes;

internal enum ShapeKind
{
    /// <summary>Any JSON.</summary>
    Any,
    Text,
    Truth,
    Whole,
    Number,
    Duration,
    Quantity,
    Instant,
    Day,
    Choice,
    Members,
    Items,
    Map,
    Artifact,

    /// <summary>Read by a converter of its own; tried out to be checked.</summary>
    Custom,
}

/// <summary>What JSON a C# type is written as, for checking values that have a place in a file.</summary>
internal sealed class Shape
{
    public required ShapeKind Kind { get; init; }

    public required Type Type { get; init; }

    /// <summary>The words of an enumeration.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The shape of the items of a list or the values of a map.</summary>
    public Shape? Item { get; set; }

    public Dictionary<string, ShapeProperty> Properties { get; } = new(StringComparer.Ordinal);

    /// <summary>The property that says which of several variants an object is, or null; set on the variants too.</summary>
    public string? Discriminator { get; set; }

    public Dictionary<string, Shape> Variants { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a null may stand for it.</summary>
    public bool Nullable { get; init; }

    public string Words => Kind switch
    {
        ShapeKind.Text => "a string",
        ShapeKind.Truth => "true or false",
        ShapeKind.Whole => "an integer",
        ShapeKind.Number => "a number",
        ShapeKind.Duration => "an ISO 8601 duration",
        ShapeKind.Quantity => "a quantity",
        ShapeKind.Instant => "an instant",
        ShapeKind.Day => "a date",
        ShapeKind.Choice => "one of " + string.Join(", ", Choices.Select(c => $"\"{c}\"")),
        ShapeKind.Members or ShapeKind.Map => "an object",
        ShapeKind.Items => "a list",
        ShapeKind.Artifact => "an artifact",
        _ => "a value",
    };
}

internal sealed class ShapeProperty
{
    public required string Name { get; init; }
    public required Shape Shape { get; init; }
    public required bool Required { get; init; }
    public required bool Nullable { get; init; }

    /// <summary>Whether an item of the list, or a value of the map, may be null.</summary>
    public bool ItemNullable { get; init; }

    public required IReadOnlyList<ValidationAttribute> Rules { get; init; }
}
