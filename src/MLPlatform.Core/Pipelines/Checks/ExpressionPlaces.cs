using MLPlatform.Core.Expressions;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>What may be read where: the one rule of checks and completion.</summary>
internal static class ExpressionPlaces
{
    /// <summary>Why something cannot be read in a place; null where it can.</summary>
    /// <param name="fansOut">Whether the place belongs to an activity with forEach.</param>
    public static string? WhyNot(Reference reference, ExpressionPlace place, bool fansOut) => reference.Kind switch
    {
        ReferenceKind.Item or ReferenceKind.Index when place != ExpressionPlace.Inputs || !fansOut =>
            $"\"{(reference.Kind == ReferenceKind.Item ? "item" : "index")}\" is there only in the inputs of an activity with forEach",
        ReferenceKind.Output or ReferenceKind.Status or ReferenceKind.Model or ReferenceKind.Parameter when place == ExpressionPlace.Default =>
            "a default can refer to trigger and run.pipeline only: it is evaluated before the run",
        ReferenceKind.Run when place == ExpressionPlace.Default && reference.Name != "pipeline" =>
            "a default can refer to run.pipeline only: the run is not there yet",
        _ => null,
    };
}
