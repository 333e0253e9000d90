using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features.Encoders;

internal sealed class HashEncoder(FittedFeature.Hashed feature) : CategoryEncoder(feature.Name)
{
    private Column _column = new(feature.Column);

    public override void Bind(ColumnBatch batch) => _column = batch[feature.Column];

    public override ulong Token(int row) => TokenOf(_column, row);

    public static ulong TokenOf(Column column, int row)
    {
        if (!column.IsPresent(row))
            return FeatureHash.Missing;
        Span<byte> scratch = stackalloc byte[32];
        return FeatureHash.Of(column.Canonical(row, scratch));
    }
}
