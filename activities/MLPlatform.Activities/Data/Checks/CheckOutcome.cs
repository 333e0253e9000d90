using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Drift;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>How one expectation was met.</summary>
/// <param name="Name">What the pipeline calls it.</param>
/// <param name="Kind">The expectation's key: <c>notNull</c>, <c>drift</c> and so on.</param>
/// <param name="Severity">What it does where it is broken.</param>
/// <param name="Passed">Whether it holds.</param>
/// <param name="Message">What was found, in a sentence.</param>
/// <param name="Figures">The figures it was judged by.</param>
/// <param name="Examples">At most five rows that break it, in the order of the table, as JSON objects.</param>
/// <param name="Drifts">The comparison with the reference, column by column.</param>
public sealed record CheckOutcome(
    string Name, string Kind, Severity Severity, bool Passed, string Message,
    IReadOnlyDictionary<string, double> Figures, IReadOnlyList<JsonElement> Examples,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ColumnDrift>? Drifts = null)
{
    /// <summary>The columns it is about; empty for the whole table.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];
}

/// <summary>One column compared with the same column of the reference.</summary>
/// <param name="Psi">The population stability index over <paramref name="Bins"/>.</param>
/// <param name="Ks">The largest distance between the two empirical distribution functions; null for text.</param>
/// <param name="KsPValue">The chance of at least this distance between two samples of one distribution, by Kolmogorov's limit; null for text.</param>
public sealed record ColumnDrift(string Column, double Psi, double? Ks, double? KsPValue, IReadOnlyList<DriftBin> Bins);
