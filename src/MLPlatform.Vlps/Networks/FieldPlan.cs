using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Networks;

/// <summary>A field as the network reads it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Group">Which input its embedding is part of.</param>
/// <param name="Column">First column of its embedding there.</param>
/// <param name="Dim">Factors; 0 where the field has a linear weight alone.</param>
/// <param name="Pooling">How several ids become one embedding.</param>
/// <param name="Layout">What its rows hold.</param>
/// <param name="Step">How its rows are stepped.</param>
/// <param name="MinCount">How often an id must be seen before it has a row.</param>
internal sealed record FieldPlan(
    string Name, int Group, int Column, int Dim, Pooling Pooling, RowLayout Layout, RowStep Step, int MinCount)
{
    /// <summary>Columns: the factors, padded to a multiple of 8.</summary>
    public int Width => Layout.Dim;

    /// <summary>Whether its columns lie in more than one panel of the input, so that they are not contiguous.</summary>
    public bool IsSplit => (Column % Panels.Width) + Width > Panels.Width;

    public bool Many => Pooling != Pooling.None;

    /// <summary>Whether two fields may share a table: everything about their rows is the same.</summary>
    public bool SharesTableWith(FieldPlan other) =>
        Dim == other.Dim && MinCount == other.MinCount && Step == other.Step
        && (Layout.Precision, Layout.Optimizer, Layout.Linear) == (other.Layout.Precision, other.Layout.Optimizer, other.Layout.Linear);

    public static int WidthOf(int dim) => Panels.RoundUp(dim, 8);
}

/// <summary>One input of a network: the embeddings of some fields, then some numbers.</summary>
/// <param name="Fields">Indices of the fields, in the order of their columns.</param>
/// <param name="Numbers">Indices of the numbers.</param>
/// <param name="Embedded">Columns of embeddings.</param>
internal sealed record InputGroup(IReadOnlyList<int> Fields, IReadOnlyList<int> Numbers, int Embedded);
