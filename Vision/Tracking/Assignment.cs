namespace Weir.Vision.Tracking;

/// <summary>
/// The cheapest way to give each row at most one column: the Hungarian method with potentials (Kuhn 1955, Munkres 1957),
/// O(rows² · columns).
/// </summary>
internal static class Assignment
{
    /// <summary>Pairs with a cost above <paramref name="limit"/> are not made.</summary>
    /// <param name="cost">Finite costs by row and column.</param>
    /// <param name="limit">The greatest cost of a pair.</param>
    /// <returns>For each row its column, or -1.</returns>
    public static int[] Solve(float[,] cost, float limit)
    {
        var (rows, columns) = (cost.GetLength(0), cost.GetLength(1));
        var result = new int[rows];
        Array.Fill(result, -1);
        if (rows == 0 || columns == 0) return result;
        var size = Math.Max(rows, columns);
        // What may not be paired costs the same as staying alone, which the square's extra rows and columns stand for.
        float At(int row, int column) => row < rows && column < columns && cost[row, column] <= limit ? cost[row, column] : limit + 1;

        var (u, v, match, way) = (new float[size + 1], new float[size + 1], new int[size + 1], new int[size + 1]);
        for (var row = 1; row <= size; row++)
        {
            match[0] = row;
            var column = 0;
            var least = new float[size + 1];
            Array.Fill(least, float.MaxValue);
            var used = new bool[size + 1];
            do
            {
                used[column] = true;
                var (from, delta, next) = (match[column], float.MaxValue, 0);
                for (var j = 1; j <= size; j++)
                {
                    if (used[j]) continue;
                    var reduced = At(from - 1, j - 1) - u[from] - v[j];
                    if (reduced < least[j]) (least[j], way[j]) = (reduced, column);
                    if (least[j] < delta) (delta, next) = (least[j], j);
                }
                for (var j = 0; j <= size; j++)
                {
                    if (used[j]) (u[match[j]], v[j]) = (u[match[j]] + delta, v[j] - delta);
                    else least[j] -= delta;
                }
                column = next;
            }
            while (match[column] != 0);
            for (; column != 0; column = way[column]) match[column] = match[way[column]];
        }
        for (var j = 1; j <= size; j++)
        {
            var row = match[j] - 1;
            if (row < rows && j <= columns && cost[row, j - 1] <= limit) result[row] = j - 1;
        }
        return result;
    }
}
