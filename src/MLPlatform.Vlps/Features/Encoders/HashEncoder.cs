using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features.Encoders;

internal sealed class HashEncoder(FittedFeature.Hashed feature) : CategoryEncoder(feature.Name)
{
    private Column _column = new(feature.Column);

    public override void Bind(ColumnBatch batch) => _column = batch[feature.Column];

    public override ulong Token(int row) => TokenOf(_column, row);

    public override void Tokens(int first, Span<ulong> tokens) => TokensOf(_column, first, tokens);

    public static void TokensOf(Column column, int first, Span<ulong> tokens)
    {
        if (column.Kind != ColumnKind.Whole)
        {
            for (int i = 0; i < tokens.Length; i++)
                tokens[i] = TokenOf(column, first + i);
            return;
        }
        VectorHash.OfWhole(column.Wholes.Slice(first, tokens.Length), tokens);
        for (int i = 0; i < tokens.Length && column.HasMissing; i++)
        {
            if (!column.IsPresent(first + i))
                tokens[i] = FeatureHash.Missing;
        }
    }

    public static ulong TokenOf(Column column, int row)
    {
        if (!column.IsPresent(row))
            return FeatureHash.Missing;
        if (column.Kind == ColumnKind.Text)
            return FeatureHash.Of(column.Text(row));
        if (column.Kind == ColumnKind.Whole)
            return VectorHash.OfWhole(column.Whole(row));
        Span<byte> scratch = stackalloc byte[32];
        return FeatureHash.Of(column.Canonical(row, scratch));
    }
}
