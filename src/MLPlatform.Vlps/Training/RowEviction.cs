using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Training;

/// <summary>
/// Which rows a training that goes on from a model drops when it has seen its samples: those with any of the reasons, the oldest first
/// down to a floor. A row that the training touched stays.
/// </summary>
public sealed record RowEviction
{
    /// <summary>How many ends of trainings a model remembers.</summary>
    internal const int MostTrainings = 400;

    [Description("Rows go that none of the last so many trainings touched, this one included; where it is trained daily, these are days."), Range(1, MostTrainings)]
    public int? AfterTrainings { get; init; }

    [Description("Rows go that no step touched for more than so many."), Range(1, int.MaxValue, ErrorMessage = "{0} must be at least 1.")]
    public int? AfterSteps { get; init; }

    [Description("Rows go that this training did not touch, and whose weights, as one vector, are shorter than this."), Range(1e-9, 1e6)]
    public double? Norm { get; init; }

    [Description("Rows that each table keeps at least. Default: 0."), Range(0, long.MaxValue, ErrorMessage = "{0} must be at least 0.")]
    public long Floor { get; init; }

    /// <summary>Drops them from a model that has seen all samples of a pass.</summary>
    /// <param name="before">The model that it went on from.</param>
    internal void Apply(SparseModel model, NetworkSection before)
    {
        if (RuleAt(model.Steps, before.EndsWithIt) is not { } rule)
            return;
        foreach (EmbeddingTable table in model.Network.Tables)
            table.Evict(rule, model.Steps);
    }

    /// <summary>What goes after a step.</summary>
    /// <param name="step">Steps taken, those of the models before included.</param>
    /// <param name="ends">The steps at which the trainings before ended, oldest first.</param>
    /// <returns>Null: nothing can.</returns>
    internal EvictionRule? RuleAt(uint step, IReadOnlyList<uint> ends)
    {
        if (ends.Count == 0 || step <= ends[^1] || (AfterTrainings ?? AfterSteps) is null && Norm is null)
            return null;
        uint? age = (uint?)AfterSteps;
        if (AfterTrainings is { } trainings && trainings <= ends.Count && step - ends[^trainings] - 1 is var since && since < (age ?? uint.MaxValue))
            age = since;
        return new EvictionRule { MaxAge = age, MinAge = step - ends[^1] - 1, MinNorm = (float)(Norm ?? 0), MinRows = Floor };
    }
}
